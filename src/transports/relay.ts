import type { Socket } from "node:net";
import type { Sink } from "./upstream.ts";

/**
 * A client whose worker has closed, and that neither takes the rest nor closes, is given up after so long. The kernel
 * does so by itself only with sockets that no process holds.
 */
const CLIENT_SILENCE_MS = 60_000;

/** The two connections of one client, both open. */
export interface RelayEnds {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** What each end's bytes are given to; the relay resumes what it has paused. */
export interface Relay {
  readonly fromClient: Sink;
  readonly fromUpstream: Sink;
}

/**
 * Passes bytes both ways, no faster than they are taken, and closes each end after the other.
 *
 * @param holdFin The worker drops a connection, and the answer on it, when it sees its client's sending
 *   side close. While an answer is due it is therefore not told.
 */
export function joinEnds(
  { client, upstream }: RelayEnds,
  { holdFin }: { holdFin: boolean },
): Relay {
  let answerIsDue = true;
  const toUpstream = createPass(client, upstream);
  const toClient = createPass(upstream, client);
  client.on("end", () => {
    if (!holdFin || !answerIsDue) upstream.end();
  });
  const giveUpSilent = () => void client.setTimeout(CLIENT_SILENCE_MS, () => client.destroy());
  upstream.on("end", () => {
    client.end();
    giveUpSilent();
  });
  upstream.once("close", giveUpSilent);
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on("error", () => {}); // A reset is news to the other end only; `close` follows.
    socket.once("close", () => void other.destroySoon());
  }
  return {
    fromClient(chunk) {
      answerIsDue = true;
      return toUpstream(chunk);
    },
    fromUpstream(chunk) {
      answerIsDue = false;
      return toClient(chunk);
    },
  };
}

function createPass(from: Socket, to: Socket): Sink {
  let isPaused = false;
  const onWritten = () => {
    if (!isPaused || to.writableLength > 0) return;
    isPaused = false;
    from.resume();
  };
  return (chunk) => {
    to.write(chunk, onWritten);
    // Usually the kernel has taken all of it by now.
    isPaused = to.writableLength > 0;
    return !isPaused;
  };
}
