import type { AppKind } from "./detect-app.ts";

/** Where an app listens in its worker. */
export type ListenTarget =
  | {
      readonly kind: "unix";
      readonly path: string;
      /** With which the primary seals the addresses in its PROXY headers, where it does. */
      readonly addressKey?: string;
    }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** The public address itself, which all workers share (SO_REUSEPORT). */
  | {
      readonly kind: "shared";
      readonly host: string;
      readonly port: number;
      readonly backlog: number;
      /** A Unix path, for what has to listen but not there. */
      readonly privatePath: string;
    };

/** Status of the close frame that WebSockets get: 1001 going away, 1012 service restart. */
export type GoingAwayCode = 1001 | 1012;

/** One kind of app, as the worker serves, drains and closes it. */
export interface AppAdapter {
  readonly kind: AppKind;
  /**
   * Listens, which also completes the app's own set-up.
   *
   * @returns The port, where the target is TCP of its own.
   */
  listen(target: ListenTarget): Promise<number | undefined>;
  /**
   * Takes over a connected socket. Missing where the app can only listen.
   *
   * @param address The peer's 4 or 16 address bytes.
   * @throws When it was not taken; the descriptor is then still the caller's.
   */
  adopt?(descriptor: number, address: Uint8Array): void;
  /** Open client connections, WebSockets included. */
  connections(): number;
  /** Requests being answered. */
  requests(): number;
  /** Requests ever begun: tells a quiet moment from a busy one. */
  requestsTotal(): number;
  /** Open WebSockets that were not told to go yet. */
  webSockets(): number;
  /** From here on every answer closes its connection. */
  startDraining(): void;
  /** Closes `count` WebSockets, with this code. */
  closeWebSockets(code: GoingAwayCode, count: number): void;
  /** Closes a `shared` listener; open connections stay. From others the primary keeps new ones away. */
  stopListening(): void;
  /** Cuts everything that is still open. */
  close(): void | Promise<void>;
}
