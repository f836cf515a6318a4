import type { Socket } from "node:net";

/** How much more of what a refused client sends is read, and for how long, so that it sees the answer. */
const MAX_DISCARDED_BYTES = 1_048_576;
const MAX_LINGER_MS = 2_000;

/**
 * Answers, then closes. What the client still sends is read and thrown away for a while: closing a
 * socket with unread bytes resets it, and the client would lose the answer.
 */
export function sayAndClose(socket: Socket, response: Buffer): void {
  let discarded = 0;
  const timer = setTimeout(() => socket.destroy(), MAX_LINGER_MS);
  socket.removeAllListeners("data");
  socket.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) socket.destroy();
  });
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => clearTimeout(timer));
  socket.end(response);
  socket.resume();
}
