import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import uWS from "uWebSockets.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import {
  createApp,
  createSafety,
  FileFlags,
  HandlerFlags,
  HttpError,
  PluginPriority,
  RequestMethod,
  safeHandler,
  safeWebSocket,
  type App,
  type CreateAppOptions,
  type Plugin,
  type SafeResponse,
  type SafetyError,
} from "../../safety/index.ts";
import { sendRequest } from "../helpers/send-request.ts";
import { createStaticFiles, PAGE, type StaticFiles } from "../helpers/static-files.ts";

const apps: App[] = [];
let files: StaticFiles | undefined;

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  files?.remove();
  files = undefined;
});

function create(options: CreateAppOptions = {}) {
  const errors: SafetyError[] = [];
  const app = createApp({ onError: (error) => errors.push(error), ...options });
  apps.push(app);
  return { app, errors };
}

async function serve(app: App) {
  const { port } = await app.listen(0, "127.0.0.1");
  const request = (url: string, options: Parameters<typeof sendRequest>[1] = {}) =>
    sendRequest(`http://127.0.0.1:${port}${url}`, options);
  return { port, request };
}

const json = { "content-type": "application/json" };

describe("createApp", () => {
  it("serves routes of every method, with and without a slash before the path", async () => {
    const { app } = create();
    const names = ["get", "post", "put", "patch", "del", "options"] as const;
    for (const name of names) app[name](`as/${name}`, (res) => res.send(name));
    app
      .any("/as/any", (res, req) => res.send(req.getMethod()))
      .head("as/head", (res) => res.writeHeader("x-head", "yes").end())
      .get("user/:id/:tab", (res, req) =>
        res.json([req.getParameter("id"), req.getParameter("tab"), req.getQuery("q")]),
      )
      .get("wild/*", (res, req) => res.send(req.getUrl()))
      .handle({
        method: RequestMethod.GET,
        path: "api/status",
        handler: (res) => res.json({ ok: true }),
      });
    const { request } = await serve(app);
    for (const name of names) {
      const method = name === "del" ? "DELETE" : name.toUpperCase();
      expect(await request(`/as/${name}`, { method })).toMatchObject({ status: 200, text: name });
    }
    expect((await request("/as/any", { method: "PUT" })).text).toBe("put");
    expect((await request("/as/head", { method: "HEAD" })).headers["x-head"]).toBe("yes");
    expect((await request("/user/7/mail?q=x")).text).toBe('["7","mail","x"]');
    expect((await request("/wild/a/b")).text).toBe("/wild/a/b");
    expect((await request("/api/status")).text).toBe('{"ok":true}');
    expect(await request("/api/status", { method: "HEAD" })).toMatchObject({
      status: 200,
      text: "",
    });
    expect((await request("/api/status", { method: "POST" })).status).toBe(405);
    expect((await request("/none")).status).toBe(404);
  });

  it("costs one request at most, whatever a handler does", async () => {
    const { app, errors } = create();
    app
      .get("throws", () => {
        throw new Error("boom");
      })
      .get("forgets", () => {})
      .get("rejects", () => Promise.reject(new HttpError(418, "teapot")));
    const { request } = await serve(app);
    expect((await request("/throws")).status).toBe(500);
    expect((await request("/forgets")).status).toBe(500);
    expect(await request("/rejects")).toMatchObject({ status: 418, text: "teapot" });
    expect(errors.map(({ code }) => code)).toEqual([
      "ERR_ROLLCAGE_HANDLER_THREW",
      "ERR_ROLLCAGE_HANDLER_NO_RESPONSE",
      "ERR_ROLLCAGE_HTTP",
    ]);
    expect(errors[1]?.message).toMatch(/GET \/forgets .*create-app\.test\.ts/u);
  });

  it("gives a listener set with onError everything, in place of the one in the options", async () => {
    const { app, errors } = create();
    const listener = vi.fn<(error: SafetyError) => void>();
    app.onError(listener).get("throws", () => {
      throw new Error("boom");
    });
    const { request } = await serve(app);
    await request("/throws");
    expect(listener).toHaveBeenCalledOnce();
    expect(errors).toEqual([]);
  });

  it("answers what is not found in its own way, also below a directory", async () => {
    files = createStaticFiles();
    const { app } = create();
    app
      .notFound((res, req) => res.send(`no ${req.getUrl()}`, { status: 404 }))
      .serve({ directory: files.directory, pathPrefix: "static" });
    const { request } = await serve(app);
    expect(await request("/x", { method: "POST" })).toMatchObject({ status: 404, text: "no /x" });
    expect((await request("/static/x")).text).toBe("no /static/x");
  });

  it("takes handlers that are safe already, with their own options", async () => {
    const { app, errors } = create();
    const own = vi.fn<() => void>();
    const slow = safeHandler(() => new Promise(() => {}), { timeoutMs: 20, onError: own });
    app
      .get("slow", slow)
      .use({ name: "header", onRequest: (res) => void res.writeHeader("x-plugin", "1") });
    app.get(
      "fast",
      safeHandler((res) => res.send("fast")),
    );
    const { request } = await serve(app);
    expect((await request("/slow")).status).toBe(503);
    expect(own).toHaveBeenCalledOnce();
    expect(errors).toMatchObject([{ code: "ERR_ROLLCAGE_HANDLER_TIMEOUT" }]);
    expect((await request("/fast")).headers["x-plugin"]).toBe("1");
  });

  it("listens on a path, or on a native app that it is given", async () => {
    const native = uWS.App();
    native.get("/raw", (res) => {
      res.end("raw");
    });
    const { app } = create({ uwsApp: native });
    app.get("safe", (res) => res.send("safe"));
    expect(app.uwsApp).toBe(native);
    const { request } = await serve(app);
    expect((await request("/raw")).text).toBe("raw");
    expect((await request("/safe")).text).toBe("safe");

    const folder = mkdtempSync(path.join(tmpdir(), "rollcage-app-"));
    try {
      const { app: onPath } = create();
      const called = vi.fn<() => void>();
      expect(await onPath.listen(path.join(folder, "app.sock"), called)).toEqual({
        host: "",
        port: 0,
      });
      expect(called).toHaveBeenCalledOnce();
      await onPath.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("rejects where the port is taken, and can listen elsewhere then", async () => {
    const { app: first } = create();
    const { port } = await serve(first);
    const { app: second } = create();
    second.get("", (res) => res.send("second"));
    // µWS shares ports unless it is told not to; a path that is no folder cannot be shared.
    await expect(second.listen("/none/at/all.sock")).rejects.toMatchObject({ code: "EADDRINUSE" });
    const { request, port: other } = await serve(second);
    expect(other).not.toBe(port);
    expect((await request("/")).text).toBe("second");
  });

  it("finishes what is in flight when it closes, and says goodbye to WebSockets", async () => {
    const { app } = create();
    const arrived = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    app
      .get("slow", async (res) => {
        arrived.resolve();
        await finish.promise;
        res.send("done");
      })
      .ws("ws", { message: (ws, message) => void ws.send(message) });
    const { port, request } = await serve(app);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await new Promise((resolve) => socket.once("open", resolve));
    const goodbye = new Promise<number>((resolve) => socket.once("close", resolve));
    const answer = request("/slow");
    await arrived.promise;
    const closed = app.close();
    expect(app.close()).toBe(closed);
    expect(await goodbye).toBe(1001);
    finish.resolve();
    expect((await answer).text).toBe("done");
    await closed;
    await expect(request("/slow")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("does not listen when it was closed while it started", async () => {
    const { app } = create();
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const stopped = vi.fn<() => void>();
    app.use({
      name: "slow",
      onStart() {
        begun.resolve();
        return go.promise;
      },
      onStop: stopped,
    });
    const listening = app.listen(0);
    await begun.promise;
    const closed = app.close();
    go.resolve();
    await expect(listening).rejects.toThrow("Expected an app that has not been closed");
    await closed;
    expect(stopped).toHaveBeenCalledOnce();
  });

  it("starts nothing once it was closed", async () => {
    const { app } = create();
    const started = vi.fn<() => void>();
    app.use({ name: "late", onStart: started });
    await app.close();
    await expect(app.listen(0)).rejects.toThrow("Expected an app that has not been closed");
    expect(started).not.toHaveBeenCalled();
  });

  it("takes digits for a port, as Node does", async () => {
    const { app } = create();
    expect((await app.listen("0", "127.0.0.1")).port).toBeGreaterThan(0);
  });

  it.each([-1, 65_536, 1.5, Number.NaN, "70000"])("refuses the port %j", async (port) => {
    await expect(create().app.listen(port)).rejects.toThrow(RangeError);
  });

  it("says at registration what is wrong", () => {
    const { app } = create();
    const handler = () => {};
    app.get("twice", handler).ws("ws", {}).ws("param/:a", {});
    const wrong: [() => unknown, RegExp][] = [
      [() => app.get("/twice", handler), /GET \/twice to be registered once/u],
      [
        () => app.handle({ method: "GET" as never, path: "x", handler }),
        /method out of RequestMethod/u,
      ],
      [() => app.get("x", "handler" as never), /handler of x to be a function, got string/u],
      [() => app.get("x", handler, { flags: 1 << 30 }), /HandlerFlags to be made of/u],
      [() => app.get("x", handler, { flags: FileFlags.Index }), /HandlerFlags to be made of/u],
      [() => app.serve({ directory: "/none" }), /directory to serve, got "\/none"/u],
      [() => app.serve({ directory: ".", flags: HandlerFlags.Json }), /FileFlags to be made of/u],
      [
        () => app.serve({ directory: ".", pathPrefix: ":a" }),
        /pathPrefix without : and \*, got ":a"/u,
      ],
      [() => app.serveFile({ file: "/none", path: "x" }), /file to serve, got "\/none"/u],
      [() => app.ws("/ws", {}), /one WebSocket route at \/ws/u],
      [() => app.ws("other", safeWebSocket({}) as never), /what safeWebSocket returns/u],
      [() => app.get("x", handler, { timeoutMs: -1 }), /expected timeoutMs to be/u],
      [() => app.get("x", handler, { timeout: 1 } as never), /there is no option timeout/u],
      [() => app.ws("param/:b", {}), /one WebSocket route at \/param\/:b/u],
      [() => app.ws("other", { idleTimeout: 3 }), /idleTimeout/u],
      [() => app.ws("other", { open: 1 as never }), /open to be a function, got number/u],
      [() => app.ws("other", undefined as never), /callbacks of a WebSocket route, got undefined/u],
      [() => app.notFound(undefined as never), /notFound to be a function, got undefined/u],
      [() => app.onError("log" as never), /onError to be a function, got string/u],
      [() => app.use({ name: "text" }, "50" as never), /priority of plugin text/u],
      [() => app.use({} as never), /plugin to have a name/u],
      [() => createApp({ timeoutMs: -1 }), /Invalid safety options: expected timeoutMs/u],
    ];
    for (const [call, message] of wrong) expect(call).toThrow(message);
    // Nothing of it was registered.
    app.get("x", handler);
  });

  it("takes nothing more once it listens", async () => {
    const { app } = create();
    await serve(app);
    const late = "Expected everything to be registered before the app listens";
    expect(() => app.get("x", () => {})).toThrow(late);
    expect(() => app.ws("x", {})).toThrow(late);
    expect(() => app.use({ name: "late" })).toThrow(late);
    expect(() => app.notFound(() => {})).toThrow(late);
    expect(() => app.serve({ directory: "." })).toThrow(late);
  });

  it("has the defaults of createSafety", async () => {
    const onError = vi.fn<() => void>();
    const app = createSafety({ maxBodyBytes: 4, onError }).createApp();
    apps.push(app);
    app.post("", (res, _req, body: Buffer) => res.send(body), { flags: HandlerFlags.ReadBody });
    app.post("more", (res, _req, body: Buffer) => res.send(body), {
      flags: HandlerFlags.ReadBody,
      maxBodyBytes: 10,
    });
    const { request } = await serve(app);
    expect((await request("/", { method: "POST", body: "12345" })).status).toBe(413);
    expect((await request("/more", { method: "POST", body: "12345" })).text).toBe("12345");
    expect(onError).toHaveBeenCalledOnce();
  });
});

describe("HandlerFlags", () => {
  it("compresses by default, and where it is asked for, and nowhere else", async () => {
    const { app } = create();
    const handler = (res: SafeResponse) => res.send(PAGE, { type: "text/html" });
    app
      .get("default", handler)
      .get("compress", handler, { flags: HandlerFlags.Compress })
      .get("none", handler, { flags: HandlerFlags.None });
    const { request } = await serve(app);
    const headers = { "accept-encoding": "br" };
    for (const url of ["/default", "/compress"]) {
      const { body, headers: answered } = await request(url, { headers });
      expect(answered["content-encoding"]).toBe("br");
      expect(brotliDecompressSync(body).toString()).toBe(PAGE);
    }
    const plain = await request("/none", { headers });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.text).toBe(PAGE);
  });

  it("reads the body before the handler, parsed with Json, and sends what it returns", async () => {
    const { app } = create();
    const { ReadBody, Json, NoCache } = HandlerFlags;
    app
      .post("bytes", (res, _req, body: Buffer) => res.send(String(body.length)), {
        flags: ReadBody,
      })
      .post("json", (_res, _req, body: { n: number }) => ({ twice: body.n * 2 }), {
        flags: ReadBody | Json | NoCache,
      })
      .get("later", async () => Promise.resolve([1]), { flags: Json })
      .get("null", () => null, { flags: Json })
      .get("itself", (res) => void res.send("itself"), { flags: Json })
      .get("chained", (res) => res.send("chained"), { flags: Json })
      .get("nothing", () => undefined, { flags: Json });
    const { request } = await serve(app);
    const post = (url: string, body: string) =>
      request(url, { method: "POST", body, headers: json });
    expect((await post("/bytes", "12345")).text).toBe("5");
    const answer = await post("/json", '{"n":4}');
    expect(answer.text).toBe('{"twice":8}');
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "cache-control": "no-cache, no-store",
    });
    expect((await post("/json", "{")).status).toBe(400);
    expect((await request("/later")).text).toBe("[1]");
    expect((await request("/null")).text).toBe("null");
    expect((await request("/itself")).text).toBe("itself");
    expect((await request("/chained")).text).toBe("chained");
    expect((await request("/nothing")).status).toBe(500);
  });

  it("calls a handler without flags directly", async () => {
    const { app } = create();
    let stack = "";
    app.get(
      "",
      function direct(res) {
        stack = String(new Error("here").stack);
        res.end();
      },
      { flags: HandlerFlags.None },
    );
    const { request } = await serve(app);
    await request("/");
    expect(stack.split("\n")[2]).toMatch(/safe-handler\.ts/u);
  });
});

describe("app.serve", () => {
  it("serves a directory below its prefix, and redirects to the slash", async () => {
    files = createStaticFiles();
    const { app } = create();
    app.serve({ directory: files.directory, pathPrefix: "/static/", maxAgeSeconds: 5 });
    const { request } = await serve(app);
    const page = await request("/static/", { headers: { "accept-encoding": "br" } });
    expect(page.headers).toMatchObject({
      "content-encoding": "br",
      "cache-control": "public, max-age=5",
    });
    expect(await request("/static?a=1")).toMatchObject({
      status: 301,
      headers: { location: "/static/?a=1" },
    });
    expect((await request("/static/hello.txt")).text).toBe("hello world");
    expect((await request("/static/hello.txt", { method: "POST" })).status).toBe(405);
    expect(await request("/static/hello.txt", { method: "HEAD" })).toMatchObject({
      status: 200,
      text: "",
      headers: { "content-length": "11" },
    });
    expect((await request("/static/..%2fsecret.txt")).status).toBe(403);
    expect((await request("/statics/hello.txt")).status).toBe(404);
  });

  it("follows the flags", async () => {
    files = createStaticFiles();
    const { directory } = files;
    const { app } = create();
    app
      .serve({ directory, pathPrefix: "none", flags: FileFlags.None })
      .serve({ directory, pathPrefix: "dots", flags: FileFlags.Dotfiles | FileFlags.Index })
      .serve({ directory, pathPrefix: "kept", flags: FileFlags.Precompress | FileFlags.Immutable });
    const { request } = await serve(app);
    const headers = { "accept-encoding": "br" };
    expect((await request("/none/")).status).toBe(404);
    expect(
      (await request("/none/index.html", { headers })).headers["content-encoding"],
    ).toBeUndefined();
    expect((await request("/none/app-BxT3k9Qz.js")).headers["cache-control"]).toBe(
      "public, max-age=0",
    );
    expect((await request("/dots/.env")).text).toBe("TOKEN=1");
    expect((await request("/dots/")).text).toBe(PAGE);
    expect((await request("/kept/index.html", { headers })).headers["content-encoding"]).toBe("br");
    expect((await request("/kept/app-BxT3k9Qz.js")).headers["cache-control"]).toMatch(/immutable/u);
    expect((await request("/kept/.env")).status).toBe(404);
  });

  it("leaves routes beside it alone", async () => {
    files = createStaticFiles();
    const { app } = create();
    app
      .serve({ directory: files.directory, notFound: (res) => res.send("single page") })
      .get("api/status", (res) => res.send("api"));
    const { request } = await serve(app);
    expect((await request("/api/status")).text).toBe("api");
    expect((await request("/hello.txt")).text).toBe("hello world");
    expect((await request("/some/route")).text).toBe("single page");
  });
});

describe("app.serveFile", () => {
  it("serves one file, also one that is a link, and notices when it goes", async () => {
    files = createStaticFiles();
    const file = path.join(files.directory, "link-out.txt");
    const { app } = create();
    app
      .serveFile({ file, path: "secret" })
      .serveFile({ file: path.join(files.directory, "index.html"), path: "/page" });
    const { request } = await serve(app);
    expect((await request("/secret")).headers["content-type"]).toBe("text/plain; charset=utf-8");
    const page = await request("/page", { headers: { "accept-encoding": "gzip" } });
    expect(page.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-type": "text/html; charset=utf-8",
    });
    expect(
      (await request("/page", { headers: { "if-none-match": String(page.headers.etag) } })).status,
    ).toBe(200);
    writeFileSync(files.secret, "changed");
    await vi.waitFor(async () => expect((await request("/secret")).text).toBe("changed"));
    rmSync(files.secret);
    await vi.waitFor(async () => expect((await request("/secret")).status).toBe(404));
  });
});

describe("plugins", () => {
  it("run in the order of priority around every kind of route", async () => {
    files = createStaticFiles();
    const { app } = create();
    const calls: string[] = [];
    const add = (name: string, priority?: number) =>
      app.use(
        {
          name,
          onRequest: (_res, req) => void calls.push(`${name} ${req.getUrl()}`),
          onResponse: (_res, _req, { status }) => void calls.push(`${name} ${status}`),
        },
        priority,
      );
    add("normal");
    add("last", PluginPriority.Last);
    add("first", PluginPriority.First);
    app
      .get("route", (res) => res.send("route"))
      .serve({ directory: files.directory, pathPrefix: "static" });
    const { request } = await serve(app);
    for (const [url, status] of [
      ["/route", 200],
      ["/static/hello.txt", 200],
      ["/none", 404],
    ] as const) {
      await request(url);
      const names = ["first", "normal", "last"];
      expect(calls.splice(0)).toEqual([
        ...names.map((name) => `${name} ${url}`),
        ...names.map((name) => `${name} ${status}`),
      ]);
    }
  });

  it("may answer, refuse, and pass something on, at once or later", async () => {
    const { app, errors } = create();
    const handler = vi.fn<(res: { send: (text: string) => unknown; user?: unknown }) => void>(
      (res) => {
        res.send(`hello ${String(res.user)}`);
      },
    );
    const late = vi.fn<() => void>();
    app
      .use({
        name: "guard",
        async onRequest(res, req) {
          if (req.getQuery("wait") !== undefined) await new Promise(setImmediate);
          switch (req.getQuery("do")) {
            case "answer":
              return res.send("from the plugin");
            case "refuse":
              throw new HttpError(401, "who are you");
            case "stream":
              return res.stream(["a", "b"]);
            default:
              res["user"] = "ann";
              res.writeHeader("x-user", "ann");
          }
        },
      })
      .use({ name: "behind", onRequest: late }, PluginPriority.Last)
      .get("", handler);
    const { request } = await serve(app);
    for (const wait of ["", "&wait=1"]) {
      expect((await request(`/?do=answer${wait}`)).text).toBe("from the plugin");
      expect(await request(`/?do=refuse${wait}`)).toMatchObject({
        status: 401,
        text: "who are you",
      });
      expect((await request(`/?do=stream${wait}`)).text).toBe("ab");
    }
    expect(handler).not.toHaveBeenCalled();
    expect(late).not.toHaveBeenCalled();
    const passed = await request("/");
    expect(passed.text).toBe("hello ann");
    expect(passed.headers["x-user"]).toBe("ann");
    expect(errors.map(({ code }) => code)).toEqual(["ERR_ROLLCAGE_HTTP", "ERR_ROLLCAGE_HTTP"]);
  });

  it.each([
    ["at once", { onRequest: () => fails() }, 500],
    ["later", { onRequest: () => Promise.reject(new Error("boom")) }, 500],
    ["in onResponse", { onResponse: () => fails() }, 200],
    ["in onResponse, later", { onResponse: () => Promise.reject(new Error("boom")) }, 200],
  ] as [string, Partial<Plugin>, number][])(
    "are named when they throw %s",
    async (_title, hooks, status) => {
      const { app, errors } = create();
      app.use({ name: "clumsy", ...hooks }).get("", (res) => res.send("ok"));
      const { request } = await serve(app);
      expect((await request("/")).status).toBe(status);
      await vi.waitFor(() => expect(errors).toHaveLength(1));
      expect(errors[0]).toMatchObject({
        code: "ERR_ROLLCAGE_HANDLER_THREW",
        details: { message: "plugin clumsy: boom" },
        cause: expect.objectContaining({ message: "boom" }),
      });
    },
  );

  it("do not go on for a client that has left", async () => {
    const { app } = create();
    const handler = vi.fn<() => void>();
    const arrived = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<number | undefined>();
    app
      .use({
        name: "slow",
        onRequest: (res) =>
          new Promise<void>((resolve) => {
            res.onAborted(resolve);
            arrived.resolve();
          }),
        onResponse: (_res, _req, { status }) => ended.resolve(status),
      })
      .get("", handler);
    const { port } = await serve(app);
    const controller = new AbortController();
    const request = fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal }).catch(
      () => {},
    );
    await arrived.promise;
    controller.abort();
    expect(await ended.promise).toBeUndefined();
    await request;
    await new Promise(setImmediate);
    expect(handler).not.toHaveBeenCalled();
  });

  it("see errors, and hear of them although another listener throws", async () => {
    const { app } = create({ onError: () => fails() });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const seen = vi.fn<(error: SafetyError) => void>();
    app
      .use({ name: "broken", onError: () => Promise.reject(new Error("boom")) })
      .use({ name: "watching", onError: seen })
      .get("", () => fails());
    const { request } = await serve(app);
    await request("/");
    expect(seen).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2));
    warned.mockRestore();
  });

  it("start in order before the app listens, and stop in the opposite one", async () => {
    const { app } = create();
    const calls: string[] = [];
    const add = (name: string) =>
      app.use({
        name,
        onStart: async () => {
          await new Promise(setImmediate);
          calls.push(`${name} starts`);
        },
        onStop: () => void calls.push(`${name} stops`),
      });
    add("a");
    add("b");
    await app.listen(0, "127.0.0.1", () => calls.push("listens"));
    await app.close();
    expect(calls).toEqual(["a starts", "b starts", "listens", "b stops", "a stops"]);
  });

  it("keep the app from starting when one of them does not", async () => {
    const { app } = create();
    const stopped = vi.fn<() => void>();
    app.use({ name: "fine", onStop: stopped }).use({ name: "bad", onStart: () => fails() });
    await expect(app.listen(0)).rejects.toThrow("Plugin bad did not start: boom");
    expect(stopped).toHaveBeenCalledOnce();
  });

  it("are asked before a WebSocket opens", async () => {
    const { app } = create();
    app
      .use({
        name: "key",
        onRequest(_res, req) {
          if (req.getHeader("x-key") !== "secret") throw new HttpError(401, "no key");
        },
      })
      .ws("open", { open: (ws) => void ws.send("welcome") })
      .ws<{ user: string }>("user", {
        upgrade: (res) => res.upgrade({ user: "ann" }),
        open: (ws) => void ws.send(ws.data.user),
      });
    const { port } = await serve(app);
    const firstMessage = (url: string, headers: Record<string, string>) =>
      new Promise<string>((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${url}`, { headers });
        socket.once("message", (data: Buffer) => {
          socket.close();
          resolve(data.toString());
        });
        socket.once("error", reject);
      });
    await expect(firstMessage("/open", {})).rejects.toThrow("Unexpected server response: 401");
    expect(await firstMessage("/open", { "x-key": "secret" })).toBe("welcome");
    expect(await firstMessage("/user", { "x-key": "secret" })).toBe("ann");
  });
});

function fails(): never {
  throw new Error("boom");
}
