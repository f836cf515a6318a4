import net from "node:net";

/** What came back on a connection, as it was on the wire. */
export interface RawAnswer {
  readonly text: string;
  /** The server ended the connection. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** Pieces that are written one after the other, each in a segment of its own. */
  readonly pieces: readonly (string | Buffer)[];
  /** When enough has come back; without it, when the server closes. */
  readonly until?: ((text: string) => boolean) | undefined;
}

/** Sends bytes that no HTTP client would send, and reads what comes. */
export function exchangeRaw(port: number, { pieces, until }: RawOptions): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    let text = "";
    const finish = (closed: boolean) => {
      socket.destroy();
      resolve({ text, closed });
    };
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (until?.(text) === true) finish(false);
    });
    socket.on("error", () => finish(true));
    socket.on("close", () => finish(true));
    socket.on("connect", () => void sendPieces(socket, pieces));
  });
}

async function sendPieces(socket: net.Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise<void>((sent) => {
      socket.write(piece, () => setImmediate(sent));
    });
  }
}

/** A whole response with a `Content-Length`, a chunked one, or one without a body. */
export function isComplete(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return false;
  const head = text.slice(0, headEnd).toLowerCase();
  if (head.startsWith("http/1.1 100")) return isComplete(text.slice(headEnd + 4));
  if (head.includes("transfer-encoding: chunked")) return text.endsWith("0\r\n\r\n");
  const length = /content-length: (\d+)/.exec(head)?.[1];
  return text.length - headEnd - 4 >= Number(length ?? 0);
}

export interface ParsedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param withBody `false` for the answer to a `HEAD`. */
export function parseAnswer(text: string, withBody = true): ParsedAnswer {
  const headEnd = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const raw = text.slice(headEnd + 4);
  const chunked = headers["transfer-encoding"] === "chunked";
  const body = Buffer.from(withBody && chunked ? dechunk(raw) : raw, "latin1").toString();
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}

function dechunk(raw: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", at);
    const size = Number.parseInt(raw.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += raw.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 4 + size;
  }
}
