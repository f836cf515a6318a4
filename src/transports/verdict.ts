import type { Socket } from "node:net";
import type { AppKind } from "../apps/detect-app.ts";
import type { CompleteInspection, Inspection } from "../inspection/inspect.ts";
import type { RequestHead } from "../inspection/request-head.ts";
import type { Outcome } from "./outcome.ts";
import { respondAndClose, type RefusalStatus } from "./respond-and-close.ts";
import type { TransportContext } from "./transport.ts";

/** µWebSockets answers a 99th header line with a 431 of its own, and Node takes 2 000 and drops the rest. */
export const MAX_HEADER_LINES: Readonly<Record<AppKind, number>> = {
  uws: 98,
  "node-http": 2_000,
  listener: Infinity,
};

/** How long a client beyond `maxConnections` may stay silent before it is closed without an answer. */
const OVER_LIMIT_WAIT_MS = 1_000;

const TLS_HANDSHAKE = 0x16;

/** What follows from an {@link Outcome}. */
export type Verdict =
  | { readonly kind: "admit"; readonly inspection: CompleteInspection }
  | Dismissal;

export type Dismissal =
  | { readonly kind: "close"; readonly reason: string }
  | { readonly kind: "refuse"; readonly status: RefusalStatus; readonly reason: string }
  | { readonly kind: "ready"; readonly isHead: boolean };

export function judge(
  outcome: Outcome,
  { config, appKind }: Pick<TransportContext, "config" | "appKind">,
): Verdict {
  if ("gone" in outcome) return { kind: "close", reason: "client-gone" };
  if ("expired" in outcome) {
    return outcome.spoke
      ? { kind: "refuse", status: 408, reason: "head-timeout" }
      : { kind: "close", reason: "silent" };
  }
  const { inspection } = outcome;
  switch (inspection.kind) {
    case "http1":
      return asksWhetherReady(inspection.head, config.readyPath)
        ? { kind: "ready", isHead: inspection.head.method === "HEAD" }
        : { kind: "admit", inspection };
    case "tls":
      return { kind: "admit", inspection };
    case "unknown":
      // µWebSockets speaks HTTP/1 and TLS only, and would keep such a client waiting for its idle timeout.
      return appKind === "uws" ? asHttp(inspection.problem) : { kind: "admit", inspection };
    case "refused":
      return { kind: "refuse", status: inspection.status, reason: inspection.reason };
    case "proxy-protocol":
      return { kind: "close", reason: "proxy-protocol" };
  }
}

/** What becomes of a client for which no worker was found in time. */
export function withoutWorker(inspection: Inspection): Dismissal {
  const reason = "no-worker";
  return inspection.kind === "http1"
    ? { kind: "refuse", status: 503, reason }
    : { kind: "close", reason };
}

function asHttp(problem: string | undefined): Dismissal {
  if (problem === undefined) return { kind: "close", reason: "not-http" };
  return { kind: "refuse", status: 400, reason: problem };
}

function asksWhetherReady({ method, path }: RequestHead, readyPath: string | false): boolean {
  return (method === "GET" || method === "HEAD") && path.split("?", 1)[0] === readyPath;
}

/** Answers a client that gets no worker, or closes its connection. */
export function dismiss(
  socket: Socket,
  verdict: Dismissal,
  { config, isReady }: Pick<TransportContext, "config" | "isReady">,
): void {
  if (verdict.kind === "ready") {
    const body = isReady() ? "ready" : "not ready";
    respondAndClose(socket, isReady() ? 200 : 503, { body, isHead: verdict.isHead });
    return;
  }
  config.telemetry.incrementCounter("rejected_connections", 1, { reason: verdict.reason });
  if (verdict.kind === "refuse") respondAndClose(socket, verdict.status);
  else socket.destroy();
}

/** Answers a client beyond `maxConnections` once it has spoken; one that speaks TLS could not read the answer. */
export function refuseOverLimit(
  socket: Socket,
  { config }: Pick<TransportContext, "config">,
): void {
  config.telemetry.incrementCounter("rejected_connections", 1, { reason: "max-connections" });
  const timer = setTimeout(() => socket.destroy(), OVER_LIMIT_WAIT_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.once("data", (chunk: Buffer) => {
    clearTimeout(timer);
    if (chunk[0] === TLS_HANDSHAKE) socket.destroy();
    else respondAndClose(socket, 503);
  });
}
