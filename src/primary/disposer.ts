/** Collects stop functions and runs each once, the last added first. */
export class Disposer {
  #stops: (() => void)[] = [];

  add(stop: () => void): void {
    this.#stops.push(stop);
  }

  dispose(): void {
    const stops = this.#stops.reverse();
    this.#stops = [];
    for (const stop of stops) stop();
  }
}
