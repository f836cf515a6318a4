import http, { IncomingMessage, ServerResponse } from "node:http";
import net from "node:net";
import { gunzipSync } from "node:zlib";
import compression from "compression";
import connect from "connect";
import cookieParser from "cookie-parser";
import cors from "cors";
import express from "express";
import helmet from "helmet";
import serveStaticOfExpress from "serve-static";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createApp,
  createSafety,
  type ConnectMiddleware,
  type SafetyError,
} from "../../../safety/index.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";
import { exchangeRaw, isComplete } from "../../helpers/raw-client.ts";
import { sendRequest } from "../../helpers/send-request.ts";
import { createStaticFiles, LARGE, PAGE, type StaticFiles } from "../../helpers/static-files.ts";

let errors: SafetyError[] = [];
const { fromConnect, safeHandler } = createSafety({ onError: (error) => errors.push(error) });

let current: ConnectMiddleware = (_req, res) => void res.end();
let server: TestServer;
let theirs: http.Server;
let theirPort = 0;
let files: StaticFiles;

beforeAll(async () => {
  files = createStaticFiles();
  const middleware: ConnectMiddleware = (req, res, next) => current(req, res, next);
  server = await startServer((app) => {
    app.any("/*", fromConnect(middleware));
    app.any(
      "/then/*",
      fromConnect(middleware, { next: (res, req) => res.send(`then ${req.getUrl()}`) }),
    );
  });
  theirs = http.createServer((req, res) => {
    res.sendDate = true;
    current(req, res, () => {
      res.statusCode = 404;
      res.end("Not Found");
    });
  });
  await new Promise<void>((resolve) => {
    theirs.listen(0, "127.0.0.1", resolve);
  });
  theirPort = (theirs.address() as net.AddressInfo).port;
});

beforeEach(() => {
  errors = [];
});

afterEach(() => {
  current = (_req, res) => void res.end();
});

afterAll(() => {
  server.close();
  theirs.close();
  files.remove();
});

type Options = Parameters<typeof sendRequest>[1];

const ask = (url = "/", options: Options = {}) =>
  sendRequest(`http://127.0.0.1:${server.port}${url}`, options);

/** The same from Node's own server. `Date` moves on; how a connection is kept is the server's affair. */
async function askBoth(url: string, options: Options = {}) {
  const answers = await Promise.all([
    ask(url, options),
    sendRequest(`http://127.0.0.1:${theirPort}${url}`, options),
  ]);
  return answers.map(({ status, headers, body }) => {
    const { date, connection, "keep-alive": keepAlive, ...kept } = headers;
    expect(date).toBeDefined();
    void connection;
    void keepAlive;
    return { status, headers: kept, body: body.toString("latin1") };
  });
}

describe("fromConnect", () => {
  it("hands over Node's own request and response", async () => {
    const seen: unknown[] = [];
    current = (req, res) => {
      seen.push(
        [req instanceof IncomingMessage, res instanceof ServerResponse],
        [req.socket instanceof net.Socket, req.socket === req.connection],
        [req.socket.remoteAddress, req.socket.remoteFamily, req.socket.readyState],
        [req.method, req.url, req.httpVersion, req.headers["x-list"], req.headers.cookie],
        [req.rawHeaders.includes("x-list"), res.writable, res.headersSent],
      );
      res.end();
    };
    await ask("/path?a=1&b", {
      method: "DELETE",
      headers: { "x-list": ["a", "b"], cookie: ["c=1", "d=2"] },
    });
    expect(seen).toEqual([
      [true, true],
      [true, true],
      ["127.0.0.1", "IPv4", "open"],
      ["DELETE", "/path?a=1&b", "1.1", "a, b", "c=1; d=2"],
      [true, true, false],
    ]);
  });

  it.each<[string, ConnectMiddleware]>([
    ["end with text", (_req, res) => res.end("hello")],
    ["end with nothing", (_req, res) => res.end()],
    ["end with bytes", (_req, res) => res.end(Buffer.from([0, 1, 2, 255]))],
    ["latin1 text", (_req, res) => res.end("é", "latin1")],
    ["a status of its own", (_req, res) => res.writeHead(299, "Odd", { "x-a": "1" }).end("odd")],
    ["204", (_req, res) => res.writeHead(204).end()],
    ["304", (_req, res) => res.writeHead(304, { etag: '"a"' }).end()],
    ["several cookies", (_req, res) => res.setHeader("set-cookie", ["a=1", "b=2"]).end("x")],
    ["headers as a list", (_req, res) => res.writeHead(200, ["x-a", "1", "X-B", "2"]).end("x")],
    [
      "a length that it knows",
      (_req, res) => res.writeHead(200, { "content-length": 5 }).end("12345"),
    ],
    [
      "pieces",
      (_req, res) => {
        res.write("one");
        setImmediate(() => {
          res.write("two");
          res.end("three");
        });
      },
    ],
    [
      "a head that is flushed first",
      (_req, res) => {
        res.flushHeaders();
        setImmediate(() => res.end("body"));
      },
    ],
    ["letters beyond ASCII", (_req, res) => res.setHeader("x-name", "Zoë").end("Zoë")],
    ["a timeout of its own", (_req, res) => res.setTimeout(10, () => void res.end("too late"))],
    [
      "hints before the answer",
      (_req, res) => {
        res.writeProcessing();
        res.end("after hints");
      },
    ],
  ])("sends what Node would: %s", async (_title, middleware) => {
    current = middleware;
    const [ours, expected] = await askBoth("/");
    expect(ours).toEqual(expected);
    const [head, expectedHead] = await askBoth("/", { method: "HEAD" });
    expect(head?.status).toBe(expectedHead?.status);
    expect(head?.body).toBe("");
    expect(errors).toEqual([]);
  });

  it("keeps the connection, whatever the middleware answers", async () => {
    current = (req, res) => {
      if (req.url === "/chunked") res.write("a");
      res.end("b");
    };
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    for (const url of ["/chunked", "/plain", "/chunked", "/plain"]) {
      await new Promise<void>((resolve, reject) => {
        http
          .get(`http://127.0.0.1:${server.port}${url}`, { agent }, (response) => {
            ports.add(response.socket.localPort ?? 0);
            response.resume().on("end", resolve);
          })
          .on("error", reject);
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it("frames the body although the middleware says that it does", async () => {
    current = (_req, res) => {
      res.writeHead(200, { "transfer-encoding": "chunked", connection: "keep-alive" });
      res.write("one");
      res.end("two");
    };
    expect((await ask()).text).toBe("onetwo");
  });

  it("closes the connection where it is asked to", async () => {
    current = (_req, res) => res.setHeader("connection", "close").end("bye");
    const { text, closed } = await exchangeRaw(server.port, {
      pieces: ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
    });
    expect(closed).toBe(true);
    expect(text).toMatch(/connection: close/iu);
  });

  it.each(["content-length", "chunked"])("streams a request body (%s)", async (framing) => {
    const seen = { bytes: 0, complete: false };
    current = (req, res) => {
      req.on("data", (chunk: Buffer) => {
        seen.bytes += chunk.length;
      });
      req.on("end", () => {
        seen.complete = req.complete;
        res.end(String(seen.bytes));
      });
    };
    const headers = framing === "chunked" ? { "transfer-encoding": "chunked" } : {};
    expect((await ask("/", { method: "POST", body: LARGE, headers })).text).toBe(
      String(LARGE.length),
    );
    expect(seen.complete).toBe(true);
  });

  it("holds back a body that is not read, and lets go of it with the answer", async () => {
    let request: IncomingMessage | undefined;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    current = (req, res) => {
      request = req;
      if (req.method !== "POST") return void res.end("next");
      req.once("readable", () => res.end("early"));
    };
    expect((await ask("/", { method: "POST", body: LARGE, agent })).text).toBe("early");
    expect((await ask("/", { agent })).text).toBe("next");
    expect(request?.method).toBe("GET");
    agent.destroy();
  });

  it("sends as fast as the client reads", async () => {
    let written = 0;
    let drained = 0;
    const total = 32 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024);
    const stalled = Promise.withResolvers<void>();
    current = (_req, res) => {
      const more = () => {
        while (written < total) {
          written += chunk.length;
          if (!res.write(chunk)) {
            stalled.resolve();
            res.once("drain", () => {
              drained++;
              more();
            });
            return;
          }
        }
        res.end();
      };
      more();
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      http.get(`http://127.0.0.1:${server.port}/`, { agent: false }, resolve).on("error", reject);
    });
    await stalled.promise;
    // The kernel takes a few megabytes; the rest has to wait for the client.
    expect(written).toBeLessThan(total / 2);
    let received = 0;
    for await (const data of response) received += (data as Buffer).length;
    expect(received).toBe(total);
    expect(drained).toBeGreaterThan(10);
  });

  it("tells request and response when the client leaves", async () => {
    const events: string[] = [];
    const arrived = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    current = (req, res) => {
      req.on("aborted", () => events.push("aborted"));
      req.on("close", () => events.push("request close"));
      res.on("close", () => {
        events.push(`response close ${res.writableFinished}`);
        setImmediate(over.resolve);
      });
      arrived.resolve();
    };
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc");
    await arrived.promise;
    socket.destroy();
    await over.promise;
    await vi.waitFor(() =>
      expect(events.toSorted()).toEqual(["aborted", "request close", "response close false"]),
    );
    expect(errors).toEqual([]);
  });

  it("says finish and close when the answer is complete", async () => {
    const events: string[] = [];
    const over = Promise.withResolvers<void>();
    current = (_req, res) => {
      res.on("finish", () => events.push("finish"));
      res.on("close", () => {
        events.push("close");
        over.resolve();
      });
      res.end("x");
    };
    await ask();
    await over.promise;
    expect(events).toEqual(["finish", "close"]);
  });

  it("closes the connection at a timeout that nobody handles, as Node does", async () => {
    current = (req) => void req.socket.setTimeout(10);
    await expect(ask()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("closes the connection when the application destroys it", async () => {
    current = (req) => void req.socket.destroy();
    await expect(ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    current = (_req, res) => {
      res.write("half");
      setImmediate(() => res.destroy());
    };
    await expect(ask()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it.each<[string, ConnectMiddleware, number, string]>([
    ["throws", () => fail(new Error("boom")), 500, "ERR_ROLLCAGE_HANDLER_THREW"],
    ["rejects", () => Promise.reject(new Error("boom")), 500, "ERR_ROLLCAGE_HANDLER_THREW"],
    [
      "calls next with an error",
      (_q, _s, next) => next(new Error("boom")),
      500,
      "ERR_ROLLCAGE_HANDLER_THREW",
    ],
    [
      "calls next with a status",
      (_q, _s, next) => next(Object.assign(new Error("gone"), { status: 410 })),
      410,
      "ERR_ROLLCAGE_HTTP",
    ],
  ])("answers for middleware that %s", async (_title, middleware, status, code) => {
    current = middleware;
    expect((await ask()).status).toBe(status);
    expect(errors).toMatchObject([{ code }]);
  });

  it("goes on to next with the headers that were set, else to 404", async () => {
    current = (_req, res, next) => {
      res.setHeader("x-a", "1");
      res.setHeader("set-cookie", ["a=1", "b=2"]);
      next();
    };
    expect(await ask()).toMatchObject({ status: 404, text: "Not Found" });
    const answer = await ask("/then/x");
    expect(answer).toMatchObject({ status: 200, text: "then /then/x" });
    expect(answer.headers).toMatchObject({ "x-a": "1", "set-cookie": ["a=1", "b=2"] });
  });

  it.each<[string, ConnectMiddleware, RegExp]>([
    [
      "writes to the socket",
      (req) => void req.socket.write("hello"),
      /socket\.write\(\) was misused: its connection belongs to µWebSockets\.js/u,
    ],
    [
      "switches protocols",
      (_req, res) => void res.writeHead(101, { upgrade: "x" }).end(),
      /switching protocols needs a route made with ws\(\)/u,
    ],
  ])("says so when middleware %s", async (_title, middleware, message) => {
    current = middleware;
    expect((await ask()).status).toBe(500);
    expect(errors[0]).toMatchObject({ code: "ERR_ROLLCAGE_RESPONSE_MISUSED" });
    expect(errors[0]?.message).toMatch(message);
  });

  it("keeps the deadline of safe handlers", async () => {
    const closed = Promise.withResolvers<void>();
    const slow = await startServer((app) => {
      const middleware: ConnectMiddleware = (_req, res) => void res.on("close", closed.resolve);
      app.any("/*", fromConnect(middleware, { timeoutMs: 20 }));
      app.any(
        "/safe",
        safeHandler((res) => res.end()),
      );
    });
    const { status } = await sendRequest(`http://127.0.0.1:${slow.port}/`);
    slow.close();
    expect(status).toBe(503);
    await closed.promise;
  });

  it("refuses what is ambiguous before any middleware sees it", async () => {
    const middleware = vi.fn<ConnectMiddleware>();
    current = middleware;
    const { text } = await exchangeRaw(server.port, {
      pieces: [
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      ],
      until: isComplete,
    });
    expect(text).toMatch(/^HTTP\/1\.1 400/u);
    expect(middleware).not.toHaveBeenCalled();
  });
});

describe("fromConnect with middleware as it is published", () => {
  const headers = { origin: "http://example.org", "accept-encoding": "gzip", cookie: "a=1" };

  it("runs helmet and cors", async () => {
    current = connect()
      .use(helmet())
      .use(cors({ origin: "http://example.org", credentials: true }))
      .use((_req, res) => res.end("ok"));
    const [ours, expected] = await askBoth("/", { headers });
    expect(ours).toEqual(expected);
    expect(ours?.headers).toMatchObject({
      "access-control-allow-origin": "http://example.org",
      "x-frame-options": "SAMEORIGIN",
    });
    const preflight = { ...headers, "access-control-request-method": "PUT" };
    const [flight, expectedFlight] = await askBoth("/", { method: "OPTIONS", headers: preflight });
    expect(flight?.status).toBe(204);
    // 204 has no length (RFC 9110 section 8.6), although cors sets one.
    delete expectedFlight?.headers["content-length"];
    expect(flight).toEqual(expectedFlight);
  });

  it("runs helmet before a raw handler", async () => {
    current = helmet();
    expect((await ask("/then/raw")).headers["x-frame-options"]).toBe("SAMEORIGIN");
  });

  it("runs compression", async () => {
    current = connect()
      .use(compression() as never)
      .use((_req, res) => {
        res.setHeader("content-type", "text/html");
        res.end(PAGE);
      });
    const { headers: answered, body } = await ask("/", { headers });
    expect(answered["content-encoding"]).toBe("gzip");
    expect(answered.vary).toBe("Accept-Encoding");
    expect(gunzipSync(body).toString()).toBe(PAGE);
  });

  it.each([
    ["/hello.txt", {}],
    ["/large.bin", {}],
    ["/large.bin", { headers: { range: "bytes=1000000-2000000" } }],
    ["/hello.txt", { headers: { "if-none-match": "*" } }],
    ["/hello.txt", { method: "HEAD" }],
    ["/folder", {}],
  ] as [string, Options][])("runs serve-static: %s", async (url, options) => {
    current = serveStaticOfExpress(files.directory) as ConnectMiddleware;
    const [ours, expected] = await askBoth(url, options);
    expect(ours).toEqual(expected);
  });

  it.each(["/none", "/..%2fsecret.txt"])("has serve-static leave %s to next", async (url) => {
    current = serveStaticOfExpress(files.directory);
    expect((await ask(url)).status).toBe(404);
    expect((await ask(`/then${url}`)).text).toBe(`then /then${url}`);
  });

  it("runs a whole Express app, with a body parser and cookies", async () => {
    const app = express();
    app.use(cookieParser() as never);
    app.use(express.json());
    app.post("/echo/:id", (req, res) => {
      res.status(201).json({ id: req.params.id, body: req.body, cookies: req.cookies, ip: req.ip });
    });
    current = app as never;
    const answer = await ask("/echo/7?x=1", {
      method: "POST",
      body: '{"a":[1]}',
      headers: { ...headers, "content-type": "application/json" },
    });
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).toEqual({
      id: "7",
      body: { a: [1] },
      cookies: { a: "1" },
      ip: "127.0.0.1",
    });
  });

  it("runs on routes of createApp, behind its plugins", async () => {
    const app = createApp()
      .use({ name: "stamp", onRequest: (res) => void res.writeHeader("x-stamp", "1") })
      .any(
        "*",
        fromConnect(connect().use("/files", serveStaticOfExpress(files.directory)) as never),
      )
      .get("api", (res) => res.send("api"));
    const { port } = await app.listen(0, "127.0.0.1");
    const file = await sendRequest(`http://127.0.0.1:${port}/files/hello.txt`);
    const api = await sendRequest(`http://127.0.0.1:${port}/api`);
    await app.close();
    expect(file).toMatchObject({ status: 200, text: "hello world", headers: { "x-stamp": "1" } });
    expect(api.text).toBe("api");
  });
});

function fail(error: Error): never {
  throw error;
}
