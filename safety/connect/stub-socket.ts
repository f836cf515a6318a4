import { Socket } from "node:net";

/** Where a stub socket leads. */
export interface SocketPeer {
  readonly address: string | undefined;
  readonly port: number;
  /** @param done Called when more may come. */
  write(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** The socket has been destroyed, by us or by the application. */
  onDestroy(): void;
}

interface QueuedChunk {
  readonly chunk: unknown;
  readonly encoding: BufferEncoding;
}

/**
 * A socket that leads to a µWS response instead of the network. All the rest, from timeouts to `readyState`, it has
 * from Node's own socket.
 */
export class StubSocket extends Socket {
  readonly #peer: SocketPeer;

  constructor(peer: SocketPeer) {
    super();
    this.#peer = peer;
    const { address, port } = peer;
    Object.defineProperties(this, {
      remoteAddress: { value: address },
      remotePort: { value: port },
      remoteFamily: { value: address?.includes(":") === true ? "IPv6" : "IPv4" },
    });
    // Node's server listens too: an aborted request must not become an uncaught error.
    this.on("error", () => {});
  }

  /** The request does not come from here: its body is pushed into it. */
  override _read(): void {}

  override _write(
    chunk: unknown,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#peer.write(toBuffer({ chunk, encoding }), done);
  }

  override _writev(chunks: readonly QueuedChunk[], done: (error?: Error | null) => void): void {
    this.#peer.write(Buffer.concat(chunks.map(toBuffer)), done);
  }

  override _final(done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#peer.onDestroy();
    super._destroy(error, done);
  }
}

/** Node's responses write text as it is, with its encoding. */
function toBuffer({ chunk, encoding }: QueuedChunk): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Buffer);
}
