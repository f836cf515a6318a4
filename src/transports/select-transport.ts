import type { AppKind } from "../apps/detect-app.ts";
import type { ResolvedServerConfig, TransportName } from "../config/options.ts";
import { RollcageError } from "../errors.ts";

/** What this machine offers. */
export interface Platform {
  readonly platform: NodeJS.Platform;
  /** Whether system calls can be made (koffi is there and loads). */
  readonly systemCalls: boolean;
  /** Whether this process is itself a worker of `node:cluster`, as under PM2's cluster mode. */
  readonly isClusterWorker: boolean;
  /** Whether the app's µWebSockets.js, where it has one, can take over a socket. */
  readonly adoptsSockets: boolean;
}

export interface TransportChoice {
  readonly name: TransportName;
  /** Why, for the log. */
  readonly reason: string;
}

/**
 * The transport of this app on this machine.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE` when the one asked for cannot work here.
 */
export function selectTransport(
  asked: ResolvedServerConfig["transport"],
  appKind: AppKind,
  platform: Platform,
): TransportChoice {
  if (asked === "auto") {
    const obstacle = obstacleTo("handoff", appKind, platform);
    return obstacle === undefined
      ? { name: "handoff", reason: "the primary can pass sockets to the workers" }
      : { name: "proxy", reason: obstacle };
  }
  const obstacle = obstacleTo(asked, appKind, platform);
  if (obstacle !== undefined) {
    throw new RollcageError("ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE", {
      transport: asked,
      reason: obstacle,
    });
  }
  return { name: asked, reason: "the configuration asks for it" };
}

function obstacleTo(
  transport: TransportName,
  appKind: AppKind,
  { platform, systemCalls, isClusterWorker, adoptsSockets }: Platform,
): string | undefined {
  if (transport === "proxy") return undefined;
  if (platform !== "linux") return `${transport} needs Linux, and this is ${platform}`;
  if (appKind === "listener") return "the app can only listen, it cannot take over a socket";
  if (transport === "reuseport") return undefined;
  if (!systemCalls) return "the optional package koffi is not there or does not load";
  // Its parent listens for it, and gives it no listening socket of its own.
  if (isClusterWorker) return "this process is itself a worker of node:cluster";
  if (!adoptsSockets) return "the app's µWebSockets.js has no adoptSocket";
  return undefined;
}
