import type { Exchange } from "../exchange/exchange.ts";

/** Waits until the client has read on, or is gone. */
export class Writability {
  #wake: (() => void) | undefined;

  constructor(exchange: Exchange) {
    const wake = () => {
      this.#wake?.();
      return true;
    };
    exchange.raw.onWritable(wake);
    exchange.onFinished(wake);
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
