import type { ChildProcess } from "node:child_process";
import type { AppKind } from "../apps/detect-app.ts";
import type { BackendCandidate } from "../balancers/balancer.ts";
import type { ResolvedServerConfig, TransportName } from "../config/options.ts";
import type { ListenTarget } from "../apps/app-adapter.ts";
import type { Syscalls } from "../native/syscalls.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** A worker process, as far as transports have to do with it. */
export interface TransportWorker {
  readonly index: number;
  readonly candidate: { -readonly [Key in keyof BackendCandidate]: BackendCandidate[Key] };
  readonly child: ChildProcess;
  readonly boot: { readonly listen: ListenTarget };
}

/** One end of a channel that a worker is born with, as its descriptor {@link LINK_DESCRIPTOR}. */
export interface WorkerLink {
  readonly descriptor: number;
  /** The process has been started, and has a copy of the descriptor. */
  attach(worker: TransportWorker): void;
  /** It could not be started. */
  abandon(): void;
}

/** Behind standard input, output and error, and Node's own channel. */
export const LINK_DESCRIPTOR = 4;

/** What every transport works with. */
export interface TransportContext {
  readonly config: ResolvedServerConfig;
  readonly appKind: AppKind;
  readonly dispatcher: Dispatcher;
  /** Where there are any. */
  readonly syscalls: Syscalls | undefined;
  /** Folder that only this user can enter, for Unix sockets. */
  readonly privateFolder: string;
  /** Whether the server is ready, for `readyPath`. */
  readonly isReady: () => boolean;
}

/** How connections get from the public address to the workers. */
export interface Transport {
  readonly name: TransportName;
  /**
   * Binds the public address; connections that come before a worker is ready wait for one.
   *
   * @throws {RollcageError} `ERR_ROLLCAGE_ADDRESS_IN_USE`
   */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Where the next process for this slot listens. */
  nextListenTarget(index: number): Promise<ListenTarget>;
  /** Where the transport has a channel of its own to each worker. */
  openLink?(): WorkerLink;
  /** Client connections that are open, with a worker or on their way to one. */
  openConnections(): number;
  /**
   * Refuses new connections, once those that the kernel has queued are accepted, and resolves when every
   * accepted one is with a worker or closed.
   *
   * @param signal Ends the wait.
   */
  stopAccepting(signal: AbortSignal): Promise<void>;
  /** Cuts what is still open. */
  close(): void;
}
