import uWS from "uWebSockets.js";
import type { HttpRequest, HttpResponse } from "../../safety/uws-types.ts";
import { exchangeRaw, isComplete, parseAnswer } from "./raw-client.ts";
import { StrictFake, type FakeOutcome, type FakeRequestInit } from "./strict-fake.ts";

export type UwsHandler = (res: HttpResponse, req: HttpRequest) => unknown;

/** Something that runs one request through a handler. */
export interface Backend {
  request(handler: UwsHandler, init?: FakeRequestInit): Promise<FakeOutcome>;
  close(): void;
}

export function createFakeBackend(): Backend {
  return {
    request(handler, init = {}) {
      const fake = new StrictFake();
      fake.run(handler, init);
      return fake.outcome;
    },
    close() {},
  };
}

/** A µWS app on a free port. */
export interface TestServer {
  readonly app: uWS.TemplatedApp;
  readonly port: number;
  close(): void;
}

export function startServer(build: (app: uWS.TemplatedApp) => void): Promise<TestServer> {
  const app = uWS.App();
  build(app);
  return new Promise((resolve, reject) => {
    app.listen("127.0.0.1", 0, (socket) => {
      if (socket === false) return reject(new Error("Expected a free port"));
      const port = uWS.us_socket_local_port(socket);
      resolve({ app, port, close: () => void app.close() });
    });
  });
}

export async function createRealBackend(): Promise<Backend> {
  let current: UwsHandler = (res) => void res.close();
  const server = await startServer((app) => {
    app.any("/*", (res, req) => void current(res, req));
  });
  return {
    async request(
      handler,
      { method = "GET", url = "/", query = "", headers = {}, chunks = [] } = {},
    ) {
      current = handler;
      const bytes = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
      const lines = {
        host: "x",
        ...headers,
        ...(bytes > 0 && { "content-length": String(bytes) }),
      };
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
      const target = query === "" ? url : `${url}?${query}`;
      const { text, closed } = await exchangeRaw(server.port, {
        pieces: [`${method} ${target} HTTP/1.1\r\n${head.join("")}\r\n`, ...chunks],
        until: method === "HEAD" ? (got) => got.includes("\r\n\r\n") : isComplete,
      });
      if (closed && !isComplete(text)) return "closed";
      return parseAnswer(text, method !== "HEAD");
    },
    close: () => server.close(),
  };
}
