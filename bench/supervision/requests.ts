import { connect, type Socket } from "node:net";

export interface Tally {
  completed: number;
  readonly failures: Failure[];
}

/** A request that got no whole answer with status 200. */
export interface Failure {
  readonly sentAt: number;
  /**
   * The connection had answered before, and ended without a byte: the server may have closed it before it saw the
   * request. HTTP/1.1 has this race, and clients repeat such requests.
   */
  readonly isCrossed: boolean;
}

export interface Traffic {
  readonly tally: Tally;
  /** Resolves when the last requests are answered. */
  stop(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 10_000;

/** Keeps each connection busy with one request at a time, opens it again when it was closed, and counts every end. */
export function startTraffic(
  address: { readonly host: string; readonly port: number },
  connections: number,
): Traffic {
  const tally: Tally = { completed: 0, failures: [] };
  const stopping = new AbortController();
  const client = async (): Promise<void> => {
    while (!stopping.signal.aborted) await useConnection(address, tally, stopping.signal);
  };
  const clients = Array.from({ length: connections }, client);
  return {
    tally,
    async stop() {
      stopping.abort();
      await Promise.all(clients);
    },
  };
}

/** Resolves when the connection is closed, by whichever side. */
function useConnection(
  { host, port }: { readonly host: string; readonly port: number },
  tally: Tally,
  stopping: AbortSignal,
): Promise<void> {
  const request = `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port });
    let received = "";
    let sentAt: number | undefined;
    let isReused = false;
    let isTimedOut = false;
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      isTimedOut = true;
      socket.destroy();
    });
    // Whatever the error is, the request counts as failed when the connection closes.
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const answer = wholeAnswer(received);
      if (answer === undefined) return;
      received = "";
      if (answer.status === 200) tally.completed += 1;
      else tally.failures.push({ sentAt: sentAt ?? 0, isCrossed: false });
      sentAt = undefined;
      isReused = true;
      if (answer.isLast || stopping.aborted) socket.destroy();
      else send();
    });
    socket.once("close", () => {
      const isCrossed = isReused && received === "" && !isTimedOut;
      if (sentAt !== undefined) tally.failures.push({ sentAt, isCrossed });
      resolve();
    });
    send();
  });
}

/** `undefined` as long as something is missing. */
function wholeAnswer(text: string): { status: number; isLast: boolean } | undefined {
  const headBytes = text.indexOf("\r\n\r\n") + 4;
  if (headBytes < 4) return undefined;
  const head = text.slice(0, headBytes);
  const bodyBytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (text.length < headBytes + bodyBytes) return undefined;
  return { status: Number(text.slice(9, 12)), isLast: /^connection: *close/im.test(head) };
}
