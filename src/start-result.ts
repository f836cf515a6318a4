import type { TransportName } from "./config/options.ts";

/** What `startServer` resolves with, in the primary and in each worker. */
export interface StartServerResult {
  readonly mode: "primary" | "worker";
  readonly pid: number;
  /** The public address, in workers too. */
  readonly host: string;
  readonly port: number;
  /** How connections reach the workers. */
  readonly transport: TransportName;
  /** In a worker: which one, counted from 0. */
  readonly workerIndex?: number;
  /** In a worker that listens on TCP: its own port. */
  readonly workerPort?: number;
  /** In the primary: how many worker processes were asked for. */
  readonly workers?: number;
}
