import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { RollcageError } from "../errors.ts";
import type { ResolvedServerConfig } from "../config/options.ts";

/** New connections may come faster than turns of the event loop without one. */
const LONGEST_STOP_MS = 1_000;

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
  listen({
    host,
    port,
    backlog,
  }: Pick<ResolvedServerConfig, "host" | "port" | "backlog">): Promise<{
    host: string;
    port: number;
  }> {
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) =>
        reject(
          error.code === "EADDRINUSE"
            ? new RollcageError("ERR_ROLLCAGE_ADDRESS_IN_USE", { host, port }, { cause: error })
            : error,
        );
      this.#server.once("error", onError);
      this.#server.listen({ host, port, backlog }, () => {
        this.#server.off("error", onError);
        const address = this.#server.address();
        resolve({ host, port: typeof address === "object" && address ? address.port : port });
      });
    });
  }

  /**
   * Closes after a full turn of the event loop in which nothing came: closing resets what is still queued.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopWhenQuiet();
    return this.#stopped;
  }

  async #stopWhenQuiet(): Promise<void> {
    const deadline = performance.now() + LONGEST_STOP_MS;
    let seen: number;
    do {
      seen = this.#accepted;
      await turn(); // To the end of this turn,
      await turn(); // and through a whole one.
    } while (seen !== this.#accepted && performance.now() < deadline);
    this.#server.close();
  }
}
