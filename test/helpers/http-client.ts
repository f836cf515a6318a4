import { request, type Agent, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { connect, type Socket } from "node:net";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions extends RequestOptions {
  readonly body?: string | Buffer;
  /** Default: a new connection for each request. */
  readonly agent?: Agent;
}

/** One request to a server on this machine. */
export function ask(port: number, path: string = "/", options: AskOptions = {}): Promise<Reply> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, path, agent: false, ...rest },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: whole,
            text: whole.toString(),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and collects what comes back until the server closes or resets the connection. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = openRaw(port);
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (text) => (received += text));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resolve(received);
      else reject(error);
    });
    socket.on("close", () => resolve(received));
    socket.write(bytes);
  });
}

export function openRaw(port: number): Socket {
  return connect({ host: "127.0.0.1", port });
}
