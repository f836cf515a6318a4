import type { Exchange } from "../exchange/exchange.ts";

/** How much of a refused body is read and thrown away. µWS itself cuts clients that send too slowly. */
const LINGER_BYTES = 8 * 1024 * 1024;
/** A client that is silent for this long has seen the answer, or never will. */
const SILENCE_MS = 500;

export interface RefusedAnswer {
  /** Such as `413 Payload Too Large`. */
  readonly statusLine: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * Answers while the client is still sending, and closes the connection when it has stopped.
 *
 * A client that is cut off in the middle of its upload gets a reset, and often never sees the answer. So the
 * answer goes out whole, what still comes is discarded up to a cap, and only then the connection is closed.
 * µWS ends its interest in a body with the response, therefore it must believe that the response has not ended:
 * the whole answer is written as a long status line, the line break that µWS adds being the body's last bytes.
 */
export function answerAndLinger(exchange: Exchange, answer: RefusedAnswer): void {
  const { raw } = exchange;
  const length = exchange.isHead ? 0 : Buffer.byteLength(answer.body) + 2;
  const lines = [answer.statusLine];
  for (let index = 0; index < answer.headers.length; index += 2) {
    lines.push(`${answer.headers[index]}: ${answer.headers[index + 1]}`);
  }
  lines.push(
    "connection: close",
    `content-length: ${length}`,
    "",
    exchange.isHead ? "" : answer.body,
  );
  const closing = new Closing(exchange);
  raw.onAborted(() => closing.cancel());
  raw.cork(() => raw.writeStatus(lines.join("\r\n")));
  exchange.settle("ended");
  closing.start();
}

/** Closes the connection once, when the body is over, the cap is reached or time is up. */
class Closing {
  readonly #exchange: Exchange;
  #timer: NodeJS.Timeout | undefined;
  #open = true;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  start(): void {
    const timer = setTimeout(() => this.#end(), SILENCE_MS).unref();
    this.#timer = timer;
    let discarded = 0;
    this.#exchange.body?.consume((chunk, isLast) => {
      timer.refresh();
      discarded += chunk.byteLength;
      if (isLast || discarded > LINGER_BYTES) this.#end();
    });
  }

  cancel(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #end(): void {
    this.#exchange.body?.stop();
    // The answer may still lie in the cork buffer, when head and body came in one segment.
    setImmediate(() => {
      if (!this.#open) return;
      this.cancel();
      this.#exchange.raw.close();
    });
  }
}
