import { EventEmitter, once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

import { guard } from "../../src/index.ts";
import { installGuard } from "../../src/express/create-application.ts";
import { guardApp } from "../../src/express/guard-app.ts";
import { flavours, startApp, type App, type Flavour } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

import type { express } from "../../src/index.ts";

const off = { timeoutMs: false, maxEventLoopDelayMs: false, maxInFlight: false } as const;

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

/** Keeps the response for later instead of answering. */
function parkAt(path: string, app: App, parked: EventEmitter): void {
  app.all(path, (_request, response) => void parked.emit("response", response));
}

describe.each(Object.keys(flavours) as Flavour[])("guard on %s", (flavour) => {
  it("answers 503 in the place of a handler that does not", async () => {
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ timeoutMs: 50 }));
      app.get("/", () => {});
    });
    expect(await sendRequest(running.url)).toMatchObject({
      status: 503,
      text: "Service Unavailable",
    });
  });

  it("ignores what the handler does later, and drops what it had set for its answer", async () => {
    const parked = new EventEmitter();
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ timeoutMs: 50 }));
      app.use((_request, response, next) => {
        response.set({ "content-encoding": "gzip", "cache-control": "public", "x-kept": "1" });
        next();
      });
      parkAt("/", app, parked);
    });
    const seen = once(parked, "response") as Promise<[express.Response]>;
    const { status, headers } = await sendRequest(running.url);
    expect(status).toBe(503);
    expect(headers).not.toHaveProperty("content-encoding");
    expect(headers).not.toHaveProperty("cache-control");
    expect(headers).toHaveProperty("x-kept", "1");
    const [response] = await seen;
    response.status(200).set("x-late", "1").json({ late: true });
    response.write("later");
    response.end();
    await nextTurn();
  });

  it("leaves alone what has begun", async () => {
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ timeoutMs: 50 }));
      app.get("/", (_request, response) => {
        response.type("text/event-stream").write("data: 1\n\n");
        setTimeout(() => response.end("data: 2\n\n"), 120);
      });
    });
    expect(await sendRequest(running.url)).toMatchObject({
      status: 200,
      text: "data: 1\n\ndata: 2\n\n",
    });
  });

  it("does not count the time in which a body is still arriving", async () => {
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ timeoutMs: 60 }));
      app.post("/", (request, response) => {
        request.resume().on("end", () => response.send("whole"));
      });
    });
    const request = http.request(running.url, { method: "POST", agent: false });
    const answered = once(request, "response") as Promise<[http.IncomingMessage]>;
    for (let i = 0; i < 5; i++) {
      request.write("x".repeat(1024));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    request.end();
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it("refuses a request over maxInFlight and takes it when there is room again", async () => {
    const parked = new EventEmitter();
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ maxInFlight: 1 }));
      parkAt("/slow", app, parked);
      app.get("/", (_request, response) => void response.send("sent"));
    });
    const seen = once(parked, "response") as Promise<[express.Response]>;
    const slow = sendRequest(`${running.url}/slow`);
    const [response] = await seen;
    expect(await sendRequest(running.url)).toMatchObject({
      status: 503,
      headers: { "retry-after": "1" },
    });
    response.send("slow");
    await slow;
    expect(await sendRequest(running.url)).toMatchObject({ status: 200 });
  });

  it("makes room when a client leaves", async () => {
    const parked = new EventEmitter();
    await using running = await startApp(flavour, (app) => {
      app.use(guard({ maxInFlight: 1 }));
      parkAt("/slow", app, parked);
      app.get("/", (_request, response) => void response.send("sent"));
    });
    const seen = once(parked, "response") as Promise<[express.Response]>;
    const request = http.get(`${running.url}/slow`, { agent: false }).on("error", () => {});
    const [response] = await seen;
    const closed = once(response, "close");
    request.destroy();
    await closed;
    expect(await sendRequest(running.url)).toMatchObject({ status: 200 });
  });
});

describe("guard", () => {
  it("refuses unknown and malformed options", () => {
    expect(() => guard({ timeoutMs: -1, maxInflight: 1 } as never)).toThrow(
      expect.objectContaining({
        code: "ERR_ROLLCAGE_CONFIG_INVALID",
        details: {
          issues: [
            expect.stringContaining("guard.timeoutMs"),
            expect.stringContaining("guard.maxInflight"),
          ],
        },
      }),
    );
  });

  it("sheds load while the event loop is late", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/", guard({ maxEventLoopDelayMs: 20 }), (_request, response) => {
        response.send("sent");
      });
    });
    expect(await sendRequest(running.url)).toMatchObject({ status: 200 });
    // Late in every turn of a window, the process is overloaded.
    const statuses = new Set<number>();
    const until = Date.now() + 1_500;
    while (!statuses.has(503) && Date.now() < until) {
      const blockedUntil = Date.now() + 100;
      while (Date.now() < blockedUntil);
      statuses.add((await sendRequest(running.url)).status);
    }
    expect(statuses).toContain(503);
  });
});

describe("installGuard", () => {
  it("stands in front of all routes", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/never", () => {});
      app.get("/", (_request, response) => void response.send("sent"));
      expect(installGuard(app, { ...off, timeoutMs: 50 })).toBe(true);
    });
    expect(await sendRequest(`${running.url}/never`)).toMatchObject({ status: 503 });
    expect(await sendRequest(running.url)).toMatchObject({ status: 200 });
  });

  it("makes room for a guard of a route, which may allow more", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/report", guard({ timeoutMs: 10_000 }), (_request, response) => {
        setTimeout(() => response.send("report"), 150);
      });
      installGuard(app, { ...off, timeoutMs: 50 });
    });
    expect(await sendRequest(`${running.url}/report`)).toMatchObject({ text: "report" });
  });

  it.each(["GET", "HEAD"])("refuses a %s over maxInFlight", async (method) => {
    const parked = new EventEmitter();
    await using running = await startApp("rollcage", (app) => {
      parkAt("/slow", app, parked);
      installGuard(app, { ...off, maxInFlight: 1 });
    });
    const seen = once(parked, "response") as Promise<[express.Response]>;
    const slow = sendRequest(`${running.url}/slow`);
    const [response] = await seen;
    expect(await sendRequest(running.url, { method })).toMatchObject({
      status: 503,
      headers: { "retry-after": "1", "content-length": "19" },
      text: method === "GET" ? "Service Unavailable" : "",
    });
    response.send("slow");
    await slow;
  });

  it("knows only apps of ours", () => {
    expect(installGuard({}, off)).toBe(false);
  });
});

describe.each(["express 4", "express 5"] as const)("guardApp on %s", (flavour) => {
  async function serve(build: (app: App) => void): Promise<string> {
    const app = flavours[flavour]()();
    build(app);
    const guarded = guardApp(app, { ...off, timeoutMs: 50 }) as http.RequestListener;
    const server = http.createServer(guarded).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("stands in front of all routes", async () => {
    const url = await serve((app) => {
      app.get("/never", () => {});
      app.get("/", (_request, response) => void response.send("sent"));
    });
    expect(await sendRequest(`${url}/never`)).toMatchObject({ status: 503 });
    expect(await sendRequest(url)).toMatchObject({ status: 200, text: "sent" });
  });

  it("makes room for a guard of a route, which may allow more", async () => {
    const url = await serve((app) => {
      app.get("/report", guard({ timeoutMs: 10_000 }), (_request, response) => {
        setTimeout(() => response.send("report"), 150);
      });
    });
    expect(await sendRequest(`${url}/report`)).toMatchObject({ text: "report" });
  });
});

it("guardApp leaves apps alone that are not Express", () => {
  for (const app of [http.createServer(), () => {}, { listen() {} }]) {
    expect(guardApp(app, off)).toBe(app);
  }
});
