import { ServerResponse, type IncomingMessage } from "node:http";
import type { StubSocket } from "./stub-socket.ts";

/** What Node's server calls on its responses, and what has no type. */
interface Internals {
  /** Sends what waits, and emits `drain` if somebody waits for it and the socket has room. */
  _flush(this: ServerResponse): void;
  /** @returns Whether the socket has room; nothing when nothing waited. */
  _flushOutput(this: ServerResponse, socket: StubSocket): boolean | undefined;
}

const { _flush: flush, _flushOutput: flushOutput } =
  ServerResponse.prototype as unknown as Internals;

/** Node's own response, but for what µWS does: it frames the body and adds the date. */
export class ConnectResponse extends ServerResponse {
  constructor(request: IncomingMessage, socket: StubSocket) {
    super(request);
    this.sendDate = false;
    this.assignSocket(socket);
    socket.on("drain", () => {
      if (!this.finished) flush.call(this);
    });
  }

  override writeHead(...args: never[]): this {
    Reflect.apply(super.writeHead, this, args);
    // Decided by what the head says; also where the application has copied it from somewhere.
    this.chunkedEncoding = false;
    return this;
  }

  /** Nothing waits here, so there is room; Node would not tell anybody. */
  _flushOutput(socket: StubSocket): boolean {
    return flushOutput.call(this, socket) ?? !socket.writableNeedDrain;
  }
}
