/**
 * Carries what is published to the other machines of a cluster. Delivery is at most once: who is away, or too
 * slow, misses messages and is not told.
 *
 * An implementation runs in the primary only. It keeps the order of the batches of each publisher, and it
 * never delivers what it was itself given to publish.
 */
export interface PubSubBackplane {
  /**
   * Begins to receive; called once.
   *
   * @param deliver Takes each batch that another machine has published, unchanged.
   */
  start(deliver: (batch: Uint8Array) => void): void | Promise<void>;
  /** Sends a batch to the other machines. It must not throw, must not block and must not queue without a bound. */
  publish(batch: Uint8Array): void;
  /** Ends connections and timers. `publish` after it does nothing. */
  close(): void | Promise<void>;
}

/** For a cluster of one machine: there is nobody else. */
export const inMachineBackplane: PubSubBackplane = {
  start: () => undefined,
  publish: () => undefined,
  close: () => undefined,
};
