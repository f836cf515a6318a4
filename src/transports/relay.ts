import type { Socket } from "node:net";

const NOTHING = Buffer.alloc(0);

/** The two connections of one client, both open. */
export interface RelayEnds {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** What each end's bytes are given to. `false`: reading must pause; the relay resumes it. */
export interface Relay {
  fromClient(chunk: Buffer): boolean;
  /** The chunk's memory is free again when reading goes on. */
  fromUpstream(chunk: Buffer): boolean;
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
  const resumeClient = () => void client.resume();
  const resumeUpstream = () => void upstream.resume();
  client.on("end", () => {
    if (!holdFin || !answerIsDue) upstream.end();
  });
  upstream.on("end", () => void client.end());
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
      return pass(chunk, upstream, resumeClient);
    },
    fromUpstream(chunk) {
      answerIsDue = false;
      return pass(chunk, client, resumeUpstream);
    },
  };
}

function pass(chunk: Buffer, to: Socket, resume: () => void): boolean {
  to.write(chunk);
  // Usually the kernel has taken all of it by now. If not, an empty write tells when it has.
  if (to.writableLength === 0) return true;
  to.write(NOTHING, resume);
  return false;
}
