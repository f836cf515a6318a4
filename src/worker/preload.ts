// Runs in each worker before the application is loaded, so that nothing in it can come too late.
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { sendToPrimary } from "../messages/channel.ts";
import { toRemoteError } from "../messages/remote-error.ts";
import { takeBoot, type WorkerBoot } from "./boot.ts";

/**
 * Service managers send SIGTERM to every process of a service. The primary, which then stops, has to hear
 * of its own before it hears of ours, or it would begin to replace us.
 */
const GROUP_SIGNAL_MS = 200;

const boot = takeBoot();
if (boot !== undefined) {
  const isPrimaryGone = watchPrimary();
  process.once("disconnect", () => {
    if (isPrimaryGone()) removeSockets(boot);
    process.exit(0);
  });
  process.on("uncaughtExceptionMonitor", (error) => {
    if (process.listenerCount("uncaughtException") > 0) return; // The application lives on.
    sendToPrimary({ type: "rollcage:failed", error: toRemoteError(error) });
  });
  if (boot.handleSignals) {
    // Ctrl-C and a closed terminal reach the whole process group; the primary says what follows.
    process.on("SIGINT", () => {});
    process.on("SIGHUP", () => {});
    process.on("SIGTERM", () => setTimeout(askToBeReplaced, GROUP_SIGNAL_MS));
  }
  // The channel alone must not keep a worker alive whose application has ended.
  process.channel?.unref();
}

function askToBeReplaced(): void {
  sendToPrimary({ type: "rollcage:drain-request" });
}

/** Tells a primary that has ended from an application that has closed the channel itself. */
function watchPrimary(): () => boolean {
  const pid = process.ppid;
  // An ending process frees its memory, and this link with it, before it closes its end of the channel.
  const program = `/proc/${pid}/exe`;
  const isLinux = existsSync(program);
  return () => process.ppid !== pid || (isLinux && !existsSync(program));
}

/** The primary was killed: it could not take its folder of sockets away. */
function removeSockets({ listen }: WorkerBoot): void {
  const socket =
    listen.kind === "shared" ? listen.privatePath : listen.kind === "unix" && listen.path;
  if (socket) rmSync(path.dirname(socket), { recursive: true, force: true });
}
