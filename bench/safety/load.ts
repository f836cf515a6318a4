import net from "node:net";

export interface Load {
  readonly port: number;
  readonly path: string;
  /** What every answer ends with. */
  readonly body: string;
  readonly connections: number;
  readonly requests: number;
}

/** Keeps every connection busy with one request at a time until all are answered. */
export async function runLoad({ connections, requests, ...target }: Load): Promise<void> {
  const each = Math.ceil(requests / connections);
  await Promise.all(Array.from({ length: connections }, () => runConnection(target, each)));
}

type Target = Pick<Load, "port" | "path" | "body">;

/** Every answer must end with the body; a server that is fast because it is wrong fails here. */
function runConnection({ port, path, body }: Target, requests: number): Promise<void> {
  const request = Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => void socket.write(request));
    socket.setNoDelay(true);
    let answered = 0;
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
      if (!received.endsWith(body)) return;
      if (!received.startsWith("HTTP/1.1 200 ")) return reject(new Error(`Got ${received}`));
      received = "";
      answered++;
      if (answered < requests) socket.write(request);
      else {
        socket.destroy();
        resolve();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => {
      if (answered < requests) reject(new Error("The server closed the connection"));
    });
  });
}
