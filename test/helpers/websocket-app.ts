import { once } from "node:events";
import {
  App,
  us_socket_local_port,
  type TemplatedApp,
  type WebSocketBehavior,
} from "../../src/uws.ts";
import { WebSocket, type ClientOptions } from "ws";

/** Everything that a test opens; `close` in `afterEach`. */
export class WebSocketBench {
  readonly #cleanUps: (() => void)[] = [];

  onClose(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  close(): void {
    for (const cleanUp of this.#cleanUps.splice(0).toReversed()) cleanUp();
  }

  /** An app on a free port of 127.0.0.1, with this behavior on every path. */
  async serve<UserData>(
    behavior: WebSocketBehavior<UserData>,
  ): Promise<{ url: string; port: number; app: TemplatedApp }> {
    const app = App().ws("/*", behavior);
    this.onClose(() => app.close());
    const port = await new Promise<number>((resolve) => {
      app.listen("127.0.0.1", 0, (socket) => resolve(socket ? us_socket_local_port(socket) : 0));
    });
    return { url: `ws://127.0.0.1:${port}/path`, port, app };
  }

  /** An independent client, not yet connected. */
  connect(url: string, protocols: string[] = [], options: ClientOptions = {}): WebSocket {
    const client = new WebSocket(url, protocols, options);
    this.onClose(() => client.terminate());
    client.on("error", () => {});
    return client;
  }

  /** An independent client that is connected. */
  async open(url: string, protocols?: string[], options?: ClientOptions): Promise<WebSocket> {
    const client = this.connect(url, protocols, options);
    await once(client, "open");
    return client;
  }
}
