import type { Socket } from "node:net";
import type { Inspection } from "../inspection/inspect.ts";
import type { RequestHead } from "../inspection/request-head.ts";
import { sayAndClose } from "./last-words.ts";
import { formatResponse, type RefusalStatus } from "./refusal.ts";
import { inspectStream, type InspectionResult } from "./stream-inspection.ts";
import type { TransportContext } from "./transport.ts";

/** µWebSockets answers a 99th header line with a 431 of its own, and Node takes 2 000 and drops the rest. */
const MAX_HEADER_LINES = { uws: 98, "node-http": 2_000, listener: Infinity } as const;

/** A client over the limit that says nothing is not waited for long. */
const OVER_LIMIT_WAIT_MS = 1_000;

const TLS_HANDSHAKE = 0x16;

/** A connection that may go to a worker, with the bytes that were read of it. */
export interface Admitted {
  readonly socket: Socket;
  readonly inspection: Inspection;
  readonly chunks: readonly Buffer[];
}

/** What follows from an inspection. */
type Verdict =
  | { readonly kind: "admit" }
  | { readonly kind: "close"; readonly reason: string }
  | { readonly kind: "refuse"; readonly status: RefusalStatus; readonly reason: string }
  | { readonly kind: "ready"; readonly isHead: boolean };

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
    config.telemetry.incrementCounter("rejected_connections", 1, { reason: "max-connections" });
    refuseOverLimit(socket);
    return;
  }
  inspectStream(socket, { ...config, maxHeaderLines: MAX_HEADER_LINES[appKind] }, (result) => {
    const verdict = judge(result, context);
    if (verdict.kind === "admit" && "inspection" in result) {
      config.telemetry.recordHistogram("prelude_duration_ms", performance.now() - acceptedAt);
      onAdmitted({ socket, inspection: result.inspection, chunks: result.chunks });
    } else {
      dismiss(socket, verdict, context);
    }
  });
}

function judge(
  result: InspectionResult,
  { config, appKind }: Pick<TransportContext, "config" | "appKind">,
): Verdict {
  if ("gone" in result) return { kind: "close", reason: "client-gone" };
  if ("expired" in result) {
    return result.spoke
      ? { kind: "refuse", status: 408, reason: "head-timeout" }
      : { kind: "close", reason: "silent" };
  }
  const { inspection } = result;
  switch (inspection.kind) {
    case "http1":
      return asksWhetherReady(inspection.head, config.readyPath)
        ? { kind: "ready", isHead: inspection.head.method === "HEAD" }
        : { kind: "admit" };
    case "tls":
      return { kind: "admit" };
    case "unknown":
      // µWebSockets speaks HTTP/1 and TLS only, and would keep such a client waiting for its idle timeout.
      return appKind === "uws" ? { kind: "close", reason: "not-http" } : { kind: "admit" };
    case "refused":
      return { kind: "refuse", status: inspection.status, reason: inspection.reason };
    case "proxy-protocol":
      return { kind: "close", reason: "proxy-protocol" };
    case "incomplete":
      return { kind: "close", reason: "incomplete" };
  }
}

function asksWhetherReady({ method, path }: RequestHead, readyPath: string | false): boolean {
  return (method === "GET" || method === "HEAD") && path.split("?", 1)[0] === readyPath;
}

function dismiss(socket: Socket, verdict: Verdict, { config, isReady }: TransportContext): void {
  if (verdict.kind === "ready") {
    const body = isReady() ? "ready" : "not ready";
    sayAndClose(socket, formatResponse(isReady() ? 200 : 503, { body, isHead: verdict.isHead }));
    return;
  }
  if (verdict.kind === "admit") return;
  config.telemetry.incrementCounter("rejected_connections", 1, { reason: verdict.reason });
  if (verdict.kind === "refuse") sayAndClose(socket, formatResponse(verdict.status));
  else socket.destroy();
}

/** Answers a client over the limit once it has spoken; one that speaks TLS could not read the answer. */
function refuseOverLimit(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), OVER_LIMIT_WAIT_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.once("data", (chunk: Buffer) => {
    clearTimeout(timer);
    if (chunk[0] === TLS_HANDSHAKE) socket.destroy();
    else sayAndClose(socket, formatResponse(503));
  });
}
