import type { Socket } from "node:net";
import { inspect, type InspectionLimits } from "../inspection/inspect.ts";
import type { Outcome } from "./outcome.ts";

export interface InspectionOptions extends InspectionLimits {
  readonly headersTimeoutMs: number;
  readonly requestInspectionTimeoutMs: number;
}

/**
 * Reads the beginning of a connection until it is known what it is, and leaves the socket paused.
 *
 * @param onOutcome Called once, with all that was read.
 */
export function inspectStream(
  socket: Socket,
  options: InspectionOptions,
  onOutcome: (outcome: Outcome, chunks: readonly Buffer[]) => void,
): void {
  const chunks: Buffer[] = [];
  let head: Buffer | undefined;
  let received = 0;
  let scanned = 0;
  let spoke = false;
  let timer = setTimeout(() => finish({ expired: true, spoke }), options.headersTimeoutMs);

  const finish = (outcome: Outcome) => {
    clearTimeout(timer);
    socket.off("data", onData);
    socket.off("end", onGone);
    socket.off("close", onGone);
    socket.pause();
    onOutcome(outcome, chunks);
  };
  const onGone = () => finish({ gone: true });
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    let bytes = chunk;
    if (chunks.length > 1) {
      // Each byte is copied once, into room for the largest head.
      head ??= joinInto(Buffer.allocUnsafe(options.maxHeaderBytes + 1), chunks[0]!);
      chunk.copy(head, received);
      bytes = head.subarray(0, Math.min(received + chunk.length, head.length));
    }
    received += chunk.length;
    const inspection = inspect(bytes, options, scanned);
    if (inspection.kind === "incomplete") {
      scanned = inspection.scannedBytes;
      spoke = inspection.protocol === "http1";
    } else if (inspection.kind === "unknown") {
      // More bytes may come that a balancer would like to see, but nobody waits long for them.
      clearTimeout(timer);
      timer = setTimeout(() => finish({ inspection }), options.requestInspectionTimeoutMs);
      socket.pause();
    } else {
      finish({ inspection });
    }
  };
  socket.on("data", onData);
  socket.once("end", onGone);
  socket.once("close", onGone);
}

function joinInto(room: Buffer, first: Buffer): Buffer {
  first.copy(room);
  return room;
}
