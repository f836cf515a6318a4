import { IncomingMessage } from "node:http";
import type { Exchange } from "../exchange/exchange.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import type { StubSocket } from "./stub-socket.ts";

/** Node's own request, with the body of a µWS request. */
export class ConnectRequest extends IncomingMessage {
  readonly #exchange: Exchange;

  /** Must be called in the handler's first tick. */
  constructor(socket: StubSocket, exchange: Exchange, req: SafeRequest) {
    super(socket);
    this.#exchange = exchange;
    const query = req.getQuery();
    this.method = req.getCaseSensitiveMethod();
    this.url = query === "" ? req.getUrl() : `${req.getUrl()}?${query}`;
    this.httpVersion = "1.1";
    this.httpVersionMajor = 1;
    this.httpVersionMinor = 1;
    const lines: string[] = [];
    req.forEach((name, value) => {
      lines.push(name, value);
    });
    addHeaderLines.call(this, lines, lines.length);
    const body = exchange.openBody();
    if (body === undefined) this.#end();
    else body.consume((chunk, isLast) => this.#receive(chunk, isLast));
  }

  override _read(): void {
    this.#exchange.body?.resume();
  }

  #receive(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.destroyed) return;
    // The memory of `chunk` is µWS's again when this returns.
    const hasRoom = chunk.byteLength === 0 || this.push(Buffer.from(new Uint8Array(chunk)));
    if (isLast) this.#end();
    else if (!hasRoom) this.#exchange.body?.pause();
  }

  #end(): void {
    this.complete = true;
    this.push(null);
  }
}

/** With which Node's parser fills in a request: it knows which headers are joined, and which are lists. */
const { _addHeaderLines: addHeaderLines } = IncomingMessage.prototype as unknown as {
  _addHeaderLines(this: IncomingMessage, lines: readonly string[], count: number): void;
};
