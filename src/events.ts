import { EventEmitter } from "node:events";

/** What {@link serverEvents} emits, with its arguments. */
export interface ServerEventMap {
  /** A worker serves from now on. */
  workerReady: [event: { readonly workerIndex: number; readonly pid: number | undefined }];
  /** A worker process has ended. `expected`: it was told to. */
  workerExit: [
    event: {
      readonly workerIndex: number;
      readonly pid: number | undefined;
      readonly code: number | undefined;
      readonly signal: NodeJS.Signals | undefined;
      readonly expected: boolean;
    },
  ];
  /** A worker did not answer for `workerHangTimeoutMs` and is being killed. */
  workerHang: [event: { readonly workerIndex: number; readonly pid: number | undefined }];
  /** A rolling reload began, was finished, or was given up (the old workers then go on). */
  reload: [event: { readonly phase: "started" | "finished" | "failed"; readonly error?: unknown }];
}

/**
 * What happens to the workers, for those who alert on it. Emits in the primary only.
 *
 * @example
 * serverEvents.on("workerExit", ({ workerIndex, expected }) => {
 *   if (!expected) alert(`worker ${workerIndex} died`);
 * });
 */
export const serverEvents: EventEmitter<ServerEventMap> = new EventEmitter<ServerEventMap>();
