import { decodeParams } from "./decode-params.ts";
import { formatAddress } from "../internal/format-address.ts";
import type { RepairedResponse } from "./response.ts";
import type { UpstreamRequest } from "./upstream.ts";

/** What is kept of a body that comes while its answer waits for the client; as much again may be on the way. */
const MAX_BYTES_AHEAD = 16 * 1024 * 1024;

/** Upstream's request with what Node's has and it lacks. */
export function repairRequest(Upstream: typeof UpstreamRequest): typeof UpstreamRequest {
  return class Request extends Upstream {
    declare res: RepairedResponse;
    aborted = false;
    // Counted from upstream's constructor on, before a field of this class would exist.
    declare bytesReceived: number | undefined;
    /** Whether upstream has paused reading because of the last piece. */
    declare isPausing: boolean | undefined;
    declare _params: Record<string, string | undefined>;
    declare _url: string;
    #socketIsLetGo = false;
    #address: string | undefined;

    override get params(): Record<string, string | undefined> {
      return this._params;
    }

    override set params(params: Record<string, string | undefined>) {
      this._params = this.route?.optimizedParams ? decodeParams(params) : params;
    }

    override get url(): string {
      return this._url;
    }

    /** Repairs the query of a request for the very path of a mount, where upstream writes "/" alone. */
    override set url(url: string) {
      this._url = url === "/" && this._opPath === "" ? `/${this.urlQuery}` : url;
    }

    /** The whole body has arrived, be it read or not; without it on-finished cannot tell. */
    get complete(): boolean {
      return (this as unknown as { _readableState: { ended: boolean } })._readableState.ended;
    }

    override get socket(): object {
      return this.res.clientSocket;
    }

    /**
     * Node's `pipeline` and `for await` take the socket away from a request before they destroy it, so
     * that it can still be answered. They know it by the two properties below.
     */
    override set socket(socket: object | null) {
      this.#socketIsLetGo = socket === null;
    }

    get _consuming(): boolean {
      return true;
    }

    get _dumped(): boolean {
      return false;
    }

    override get connection(): object {
      return this.res.clientSocket;
    }

    /**
     * Repairs `req.ip`, which reads it: upstream spells IPv4 over a dual-stack listener as
     * `0000:…:ffff:7f00:0001`, and answers 127.0.0.1 for a client that has already gone.
     */
    override get parsedIp(): string | undefined {
      if (this.#address !== undefined) return this.#address;
      if (this.rawIp === undefined && this.res.finished) {
        // Upstream's own switch: from now on it reads the address of every request at its start.
        this.app.needsIpAfterResponse = true;
        return undefined;
      }
      this.#address = formatAddress(new Uint8Array(this.rawIp ?? this._res.getRemoteAddress()));
      return this.#address;
    }

    /**
     * Repairs bodies whose end comes while reading is paused, as it does when both are in one segment:
     * upstream resumes only in `_read`, which is not called after the end, and so the connection
     * would stay deaf to the next request.
     */
    override push(chunk: Buffer | null): boolean {
      if (chunk === null) {
        if (this.isPausing && !this.res.finished) this._res.resume();
        return super.push(null);
      }
      this.bytesReceived = (this.bytesReceived ?? 0) + chunk.length;
      const accepted = super.push(chunk) || this.#mustGoOn();
      this.isPausing = !accepted;
      return accepted;
    }

    /**
     * Paused, the binary does not hear that it may write either: a body that is piped into its own
     * answer would never move again.
     */
    #mustGoOn(): boolean {
      return this.res.writableLength > 0 && this.readableLength < MAX_BYTES_AHEAD;
    }

    /** To be called before the answer is complete: after it, a paused connection would stay deaf. */
    override discardBody(): void {
      if (!this.isPausing) return;
      this.isPausing = false;
      this._res.resume();
    }

    override _read(size: number): void {
      this.isPausing = false;
      super._read(size);
    }

    /**
     * As in Node: `aborted` when the body was cut off, which takes the connection along, and an error only
     * for those who listen to it.
     */
    override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
      if (!this.readableEnded) {
        this.aborted = true;
        this.emit("aborted");
        if (!this.#socketIsLetGo && !this.res.finished) this.res.destroy();
      }
      callback(this.listenerCount("error") > 0 ? error : null);
    }
  };
}
