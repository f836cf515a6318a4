import { createServer, type Server, type Socket } from "node:net";
import { RollcageError } from "../errors.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import { listenTcp } from "../internal/listen-tcp.ts";
import { untilQuiet } from "../internal/until-quiet.ts";

/** The public address: accepts connections, and closes without losing one that the kernel has queued. */
export class PublicListener {
  readonly #server: Server;
  #accepted = 0;
  #stopped: Promise<void> | undefined;

  constructor(
    { allowHalfOpen }: Pick<ResolvedServerConfig, "allowHalfOpen">,
    onConnection: (socket: Socket) => void,
  ) {
    this.#server = createServer({ allowHalfOpen, noDelay: true }, (socket) => {
      this.#accepted++;
      onConnection(socket);
    });
  }

  /** @throws {RollcageError} `ERR_ROLLCAGE_ADDRESS_IN_USE` */
  async listen({
    host,
    port,
    backlog,
  }: Pick<ResolvedServerConfig, "host" | "port" | "backlog">): Promise<{
    host: string;
    port: number;
  }> {
    try {
      return { host, port: await listenTcp(this.#server, { host, port, backlog }) };
    } catch (error) {
      throw toListenError(error as NodeJS.ErrnoException, host, port);
    }
  }

  /** Closes once nothing comes any more. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopWhenQuiet();
    return this.#stopped;
  }

  async #stopWhenQuiet(): Promise<void> {
    await untilQuiet(() => this.#accepted);
    this.#server.close();
  }
}

/** What `listen` on the public address failed with, as the caller should see it. */
export function toListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== "EADDRINUSE") return error;
  return new RollcageError("ERR_ROLLCAGE_ADDRESS_IN_USE", { host, port }, { cause: error });
}
