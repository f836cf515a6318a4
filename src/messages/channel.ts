import type { ChildProcess } from "node:child_process";
import type { PrimaryMessage, WorkerMessage } from "./message.ts";

/**
 * Sends to a worker. A channel that is closed or closing drops the message: its worker is going, and
 * its exit is what the primary acts on.
 */
export function sendToWorker(
  worker: ChildProcess,
  message: PrimaryMessage,
  onSent: () => void = () => {},
): void {
  if (worker.connected) worker.send(message, onSent);
  else onSent();
}

/** Sends to the primary. Without one (it was killed) the worker exits anyway. */
export function sendToPrimary(message: WorkerMessage, onSent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, onSent);
  else onSent();
}
