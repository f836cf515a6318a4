import type { ListenTarget } from "../apps/app-adapter.ts";
import type { TransportName } from "../config/options.ts";

/** What a worker process is born with: which one it is, and where it listens. */
export interface WorkerBoot {
  readonly workerIndex: number;
  readonly transport: TransportName;
  /** Its own listener; under `reuseport` the public address. */
  readonly listen: ListenTarget;
  /** The public address. */
  readonly host: string;
  readonly port: number;
  /** Whether SIGINT, SIGTERM and SIGHUP are the runtime's. */
  readonly handleSignals: boolean;
}

const VARIABLE = "ROLLCAGE_WORKER";
const BOOT: unique symbol = Symbol.for("rollcage.boot") as never;
const globals = globalThis as { [BOOT]?: WorkerBoot };

export function toEnvironment(boot: WorkerBoot): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(boot) };
}

/**
 * Takes the boot data out of the environment, so that programs which the application starts are not
 * mistaken for workers, and keeps them for {@link getBoot}.
 */
export function takeBoot(): WorkerBoot | undefined {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  if (text !== undefined) globals[BOOT] = JSON.parse(text) as WorkerBoot;
  return globals[BOOT];
}

/** The boot data of this process, or `undefined` where it is no worker. */
export function getBoot(): WorkerBoot | undefined {
  return globals[BOOT];
}
