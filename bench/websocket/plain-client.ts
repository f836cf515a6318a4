import { connect, type Socket } from "node:net";
import { FrameCounter } from "./frame-counter.ts";

export interface Dialect {
  readonly path: string;
  readonly protocols: readonly string[];
  readonly extensions: string;
  /** What a client says once it is connected, before everything else. */
  readonly greeting: string | undefined;
  /** How a command is said. */
  readonly command: (text: string) => string;
}

export type DialectName = "plain" | "deflate" | "brotli" | "socket.io";

/** socket.io's packets: `40` joins the namespace, `42[…]` is an event. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  plain: { path: "/", protocols: [], extensions: "", greeting: undefined, command: (text) => text },
  deflate: {
    path: "/",
    protocols: [],
    extensions: "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
    greeting: undefined,
    command: (text) => text,
  },
  brotli: {
    path: "/",
    protocols: ["rollcage.br.1"],
    extensions: "",
    greeting: undefined,
    command: (text) => text,
  },
  "socket.io": {
    path: "/socket.io/?EIO=4&transport=websocket",
    protocols: [],
    extensions: "",
    greeting: "40",
    command: (text) => `42${JSON.stringify(["say", text])}`,
  },
};

/** As much of a WebSocket client as counting frames needs. */
export class PlainClient {
  readonly counter: FrameCounter = new FrameCounter();
  /** Bytes received since the handshake. */
  wireBytes = 0;
  readonly #socket: Socket;
  readonly #dialect: Dialect;

  private constructor(socket: Socket, dialect: Dialect) {
    this.#socket = socket;
    this.#dialect = dialect;
  }

  static async open(
    address: { host: string; port: number },
    dialect: Dialect,
  ): Promise<PlainClient> {
    const socket = connect(address);
    const client = new PlainClient(socket, dialect);
    await new Promise<void>((resolve, reject) => {
      let head = "";
      socket.once("error", reject);
      const onHead = (chunk: Buffer): void => {
        head += chunk.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        if (!head.startsWith("HTTP/1.1 101"))
          reject(new Error(`expected 101, got ${head.slice(9, 12)}`));
        socket.off("data", onHead);
        socket.on("data", (data: Buffer) => client.#receive(data));
        client.#receive(Buffer.from(head.slice(end + 4), "latin1"));
        resolve();
      };
      socket.on("data", onHead);
      socket.write(handshake(dialect));
    });
    if (dialect.greeting !== undefined) {
      client.#write(dialect.greeting);
      // Its answers, one to the connection and one to the greeting, are no deliveries.
      while (client.counter.frames < 2) await new Promise((resolve) => setImmediate(resolve));
    }
    return client;
  }

  say(command: string): void {
    this.#write(this.#dialect.command(command));
  }

  /** Called after each chunk. */
  onFrames: () => void = () => {};

  onEnd(listener: () => void): void {
    this.#socket.once("close", listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.wireBytes += chunk.length;
    this.counter.add(chunk);
    this.onFrames();
  }

  /** Short text, masked with zeros. */
  #write(text: string): void {
    const payload = Buffer.from(text);
    this.#socket.write(
      Buffer.concat([Buffer.of(0x81, 0x80 | payload.length, 0, 0, 0, 0), payload]),
    );
  }
}

function handshake({ path, protocols, extensions }: Dialect): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...(protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`] : []),
    ...(extensions === "" ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
