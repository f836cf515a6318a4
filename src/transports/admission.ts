import type { Socket } from "node:net";
import type { Inspection } from "../inspection/inspect.ts";
import { inspectStream } from "./stream-inspection.ts";
import type { TransportContext } from "./transport.ts";
import { dismiss, judge, MAX_HEADER_LINES, refuseOverLimit } from "./verdict.ts";

/** A connection that may go to a worker, with the bytes that were read of it. */
export interface Admitted {
  readonly socket: Socket;
  readonly inspection: Inspection;
  readonly chunks: readonly Buffer[];
}

/** Reads the beginning of a connection; admits it, answers it, or closes it. */
export function admit(
  socket: Socket,
  openConnections: number,
  context: TransportContext,
  onAdmitted: (admitted: Admitted) => void,
): void {
  const { config, appKind } = context;
  const acceptedAt = performance.now();
  config.telemetry.incrementCounter("connections");
  socket.on("error", () => socket.destroy());
  if (config.maxConnections !== false && openConnections > config.maxConnections) {
    return refuseOverLimit(socket, context);
  }
  inspectStream(
    socket,
    { ...config, maxHeaderLines: MAX_HEADER_LINES[appKind] },
    (outcome, chunks) => {
      const verdict = judge(outcome, context);
      if (verdict.kind !== "admit") return dismiss(socket, verdict, context);
      config.telemetry.recordHistogram("prelude_duration_ms", performance.now() - acceptedAt);
      onAdmitted({ socket, inspection: verdict.inspection, chunks });
    },
  );
}
