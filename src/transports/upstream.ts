import { connect, type Socket } from "node:net";
import type { ListenTarget } from "../apps/app-adapter.ts";
import { addressOf } from "./worker-address.ts";

/** Bytes of an answer that are read at once. Most answers fit, and more memory would cost short connections time. */
const READ_BYTES = 4_096;
/** The same, once a connection has filled {@link READ_BYTES}. */
const LARGE_READ_BYTES = 65_536;

/** Takes a chunk, whose memory is free again when reading goes on. `false`: reading must pause. */
export type Sink = (chunk: Buffer) => boolean;

/** A connection to a worker. */
export interface Upstream {
  readonly socket: Socket;
  /** To be called before the worker can answer. */
  readTo(sink: Sink): void;
}

/** A function of its own, so that what an open connection keeps in memory is this and nothing around it. */
export function openUpstream(target: ListenTarget): Upstream {
  let room = Buffer.allocUnsafe(READ_BYTES);
  let sink: Sink | undefined;
  const socket = connect({
    ...addressOf(target),
    allowHalfOpen: true,
    onread: {
      buffer: () => room,
      callback(size, buffer) {
        if (size === room.length && size < LARGE_READ_BYTES)
          room = Buffer.allocUnsafe(LARGE_READ_BYTES);
        return sink!((buffer as Buffer).subarray(0, size));
      },
    },
  });
  return {
    socket,
    readTo(given) {
      sink = given;
    },
  };
}
