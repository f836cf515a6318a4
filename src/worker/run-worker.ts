import { url as inspectorUrl } from "node:inspector";
import { createAdapter } from "../apps/create-adapter.ts";
import type { AppAdapter } from "../apps/app-adapter.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import { guardApp } from "../express/guard-app.ts";
import { RollcageError } from "../errors.ts";
import { sendToPrimary } from "../messages/channel.ts";
import { parsePrimaryMessage, type PrimaryMessage } from "../messages/message.ts";
import { toRemoteError } from "../messages/remote-error.ts";
import { loadSyscalls } from "../native/syscalls.ts";
import { joinCluster } from "../pubsub/publish.ts";
import { WorkerPubSub } from "../pubsub/worker-pub-sub.ts";
import type { StartServerResult } from "../start-result.ts";
import { startStatsSampler } from "../telemetry/stats-sampler.ts";
import { startHandoffReceiver } from "./handoff-receiver.ts";
import { LINK_DESCRIPTOR } from "../messages/handoff-frames.ts";
import type { WorkerBoot } from "./boot.ts";
import { drain } from "./drain.ts";
import { startSafetyErrorReports } from "./safety-error-reports.ts";

/** Serves the app in this worker: listens, reports, and drains when told to. */
export async function runWorker(
  app: unknown,
  config: ResolvedServerConfig,
  boot: WorkerBoot,
): Promise<StartServerResult> {
  try {
    // One that hangs would not see that the channel has closed.
    loadSyscalls()?.setParentDeathSignal("SIGKILL");
    const adapter = createAdapter(config.guard === false ? app : guardApp(app, config.guard));
    const pubSub = new WorkerPubSub(app, config.logger);
    joinCluster(pubSub);
    const workerPort = await adapter.listen(boot.listen);
    if (boot.transport === "handoff") receiveSockets(adapter);
    report({ adapter, pubSub }, config, workerPort);
    return {
      mode: "worker",
      pid: process.pid,
      host: boot.host,
      port: boot.port,
      transport: boot.transport,
      workerIndex: boot.workerIndex,
      ...(workerPort !== undefined && { workerPort }),
    };
  } catch (error) {
    sendToPrimary({ type: "rollcage:failed", error: toRemoteError(error) });
    throw error;
  }
}

/** What messages of the primary are about. */
interface Served {
  readonly adapter: AppAdapter;
  readonly pubSub: WorkerPubSub;
}

/** The primary chose this transport, so both the app and this machine can do it. */
function receiveSockets(adapter: AppAdapter): void {
  const syscalls = loadSyscalls();
  if (syscalls === undefined || adapter.adopt === undefined) {
    throw new RollcageError("ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE", {
      transport: "handoff",
      reason: "the app or the environment of this worker is not that of the primary",
    });
  }
  startHandoffReceiver({
    syscalls,
    descriptor: LINK_DESCRIPTOR,
    adopt: (descriptor, address) => adapter.adopt!(descriptor, address),
    connections: () => adapter.connections(),
  });
}

function report(
  { adapter, pubSub }: Served,
  config: ResolvedServerConfig,
  port: number | undefined,
): void {
  const sampler = startStatsSampler(() => adapter.connections());
  const stopReports = startSafetyErrorReports((counts) =>
    sendToPrimary({ type: "rollcage:safety-errors", counts }),
  );
  const handle = createMessageHandler({ adapter, pubSub, stopReports });
  process.on("message", (value) => {
    const message = parsePrimaryMessage(value);
    if (message !== undefined) handle(message);
  });
  // A listener on the channel keeps it referenced: a serving worker lives as long as its primary.
  process.channel?.ref();
  sendToPrimary({
    type: "rollcage:ready",
    stats: sampler.sample(),
    ...(port !== undefined && { port }),
  });
  setInterval(
    () => sendToPrimary({ type: "rollcage:stats", stats: sampler.sample() }),
    config.workerHeartbeatIntervalMs,
  ).unref();
}

function createMessageHandler({
  adapter,
  pubSub,
  stopReports,
}: Served & { readonly stopReports: () => void }): (message: PrimaryMessage) => void {
  let draining: Promise<void> | undefined;
  return (message) => {
    switch (message.type) {
      case "rollcage:ping":
        sendToPrimary({ type: "rollcage:pong", inspected: inspectorUrl() !== undefined });
        break;
      case "rollcage:drain":
        draining ??= drain(adapter, message).then(async () => {
          stopReports();
          await pubSub.flush(); // Such as what the last sockets to close have published.
          process.exit(0);
        });
        break;
      default:
        pubSub.receive(message);
    }
  };
}
