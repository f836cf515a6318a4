import type { ChildProcess } from "node:child_process";
import type { AppKind } from "../apps/detect-app.ts";
import type { BackendCandidate } from "../balancers/balancer.ts";
import type { ResolvedServerConfig, TransportName } from "../config/options.ts";
import type { ListenTarget } from "../apps/app-adapter.ts";
import type { RequestHead } from "../inspection/request-head.ts";
import type { Syscalls } from "../native/syscalls.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** A worker process, as far as transports have to do with it. */
export interface TransportWorker {
  readonly index: number;
  readonly candidate: { -readonly [Key in keyof BackendCandidate]: BackendCandidate[Key] };
  readonly child: ChildProcess;
  readonly boot: { readonly listen: ListenTarget };
  /** Method and path of the request with which the last connection came to it. */
  lastRequest: RequestHead | undefined;
}

/** What a transport has to do with the next worker process. */
export interface WorkerLink {
  /** Descriptors that it is born with, behind standard input, output, error and Node's own channel. */
  readonly descriptors: readonly number[];
  /** The process has been started, and has copies of them. */
  attach(worker: TransportWorker): void;
  /** It could not be started. */
  abandon(): void;
}

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
  /** To be called before each start of a process. */
  openLink(): WorkerLink;
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
