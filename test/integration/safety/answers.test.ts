import { once } from "node:events";
import net from "node:net";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSafety, HttpError, type SafetyErrorEvent } from "../../../safety/index.ts";
import diagnostics from "node:diagnostics_channel";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";

const { route, safeHandler } = createSafety({ onError: () => {} });
const text = (bytes: number) => "x".repeat(bytes);
let server: TestServer;

beforeAll(async () => {
  server = await startServer((app) => {
    route(app)
      .get("/text/:bytes", (res, req) => res.send(text(Number(req.getParameter("bytes")))))
      .get("/json/:bytes", async (res, req) => {
        await Promise.resolve();
        res.json(text(Number(req.getParameter(0))));
      })
      .get("/png", (res) => res.send(text(5_000), { type: "image/png" }))
      .get("/fixed", (res) =>
        res.send(text(5_000), { headers: { "cache-control": "no-transform" } }),
      )
      .get("/fixed-later", (res) => {
        res.writeHeader("cache-control", "public").writeHeader("cache-control", "no-transform");
        res.send(text(5_000));
      })
      .get("/begun/:call", (res, req) => {
        res.writeHeader("content-type", "text/plain").writeHeader("etag", '"v1"').write("begun ");
        if (req.getParameter(0) === "send") res.send(text(5_000));
        else void res.stream([text(5_000)]);
      })
      .get("/tagged", (res) => res.send(text(5_000), { headers: { etag: '"v1"' } }))
      .get("/dated", (res) =>
        res.send("x", { headers: { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" } }),
      )
      .get("/stream", (res) =>
        res.stream(Readable.from(["a".repeat(2_000), "b"]), { type: "text/plain" }),
      )
      .get("/locked", (res) => {
        const source = new Blob(["x"]).stream();
        source.getReader();
        return res.stream(source, { type: "text/plain" });
      })
      .get("/sized", (res) => res.stream([text(5_000)], { type: "text/plain", size: 5_000 }))
      .get("/web", (res) => res.stream(new Blob(["web"]).stream(), { type: "text/plain" }))
      .get("/late/:name", async (res, req) => {
        await new Promise((resolve) => void setImmediate(resolve));
        res.end(`${req.getParameter("name")} ${req.getParameter(0)} ${req.getParameter("none")}`);
      })
      .get("/query", (res, req) =>
        res.json(["a", "b", "c", "d", ""].map((key) => req.getQuery(key))),
      )
      .get("/query/late", async (res, req) => {
        await new Promise((resolve) => void setImmediate(resolve));
        res.json(["a", "b", "c", "d", ""].map((key) => req.getQuery(key)));
      })
      .get("/paused", async (res) => {
        res.pause();
        await new Promise((resolve) => void setImmediate(resolve));
        res.end();
      })
      .get("/fails", () => {
        throw new HttpError(400, "no");
      })
      .post("/text/:name", (res) => res.end())
      .post("/orders", (res) => res.writeStatus("201 Created").end());
    app.get(
      "/named/:name",
      safeHandler(async (res, req) => {
        await new Promise((resolve) => void setImmediate(resolve));
        res.end(req.getParameter("name"));
      }),
    );
  });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** `fetch` decodes by itself and adds headers of its own. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
      buffer(response).then(
        (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
        reject,
      );
    })
      .on("error", reject)
      .end();
  });
}

describe("compression", () => {
  it("begins at the threshold", async () => {
    const gzip = { "accept-encoding": "gzip" };
    expect((await ask("/text/1399", gzip)).headers["content-encoding"]).toBeUndefined();
    const { headers, body } = await ask("/text/1400", gzip);
    expect(headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(gunzipSync(body).toString()).toBe(text(1_400));
  });

  it.each([65_536, 65_537, 1_000_000])(
    "encodes a body of %i bytes, on or off the loop",
    async (bytes) => {
      const { headers, body } = await ask(`/json/${bytes - 2}`, { "accept-encoding": "br" });
      expect(headers["content-encoding"]).toBe("br");
      expect(JSON.parse(brotliDecompressSync(body).toString())).toBe(text(bytes - 2));
    },
  );

  it("says that another client would get another encoding", async () => {
    const { headers } = await ask("/text/5000");
    expect(headers).toMatchObject({ vary: "Accept-Encoding" });
    expect(headers).not.toHaveProperty("content-encoding");
  });

  it.each(["/png", "/fixed", "/fixed-later"])("leaves %s alone", async (path) => {
    const { headers } = await ask(path, { "accept-encoding": "br" });
    expect(headers).not.toHaveProperty("content-encoding");
    expect(headers).not.toHaveProperty("vary");
  });

  it("weakens the tag of an encoded body", async () => {
    expect((await ask("/tagged", { "accept-encoding": "br" })).headers["etag"]).toBe('W/"v1"');
    expect((await ask("/tagged")).headers["etag"]).toBe('"v1"');
  });

  it.each(["send", "stream"])("leaves a body alone that has begun before %s", async (call) => {
    const headers = { "accept-encoding": "br", "if-none-match": '"v1"' };
    const answer = await ask(`/begun/${call}`, headers);
    expect(answer.body.toString()).toBe(`begun ${text(5_000)}`);
  });

  it("encodes a stream", async () => {
    const { headers, body } = await ask("/stream", { "accept-encoding": "gzip" });
    expect(headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(body).toString()).toBe(`${"a".repeat(2_000)}b`);
  });

  it("goes on encoding streams after any number of sources that could not be read", async () => {
    const gzip = { "accept-encoding": "gzip" };
    for (let count = 0; count < 64; count++) expect((await ask("/locked", gzip)).status).toBe(500);
    expect((await ask("/stream", gzip)).headers["content-encoding"]).toBe("gzip");
  });

  it("gives HEAD the head of GET", async () => {
    const get = await ask("/text/5000", { "accept-encoding": "br" });
    const head = await ask("/text/5000", { "accept-encoding": "br" }, "HEAD");
    expect({ ...head.headers, date: "" }).toEqual({ ...get.headers, date: "" });
    expect(head.body.length).toBe(0);
  });

  it.each(["br", "identity"])("gives HEAD the head of a stream sent as %s", async (coding) => {
    const headers = { "accept-encoding": coding };
    const get = await ask("/sized", headers);
    const head = await ask("/sized", headers, "HEAD");
    for (const name of ["content-encoding", "content-length", "content-type", "vary"]) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
  });
});

describe("conditional requests", () => {
  it.each([
    ["/tagged", { "if-none-match": '"v1"' }, 304],
    ["/tagged", { "if-none-match": 'W/"v1"' }, 304],
    ["/tagged", { "if-none-match": '"v0", "v1"', "cache-control": "no-cache" }, 304],
    ["/tagged", { "if-none-match": '"v2"' }, 200],
    ["/dated", { "if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT" }, 304],
    ["/dated", { "if-modified-since": "Tue, 20 Oct 2015 07:28:00 GMT" }, 200],
  ])("answer %s under %j with %i", async (path, headers, status) => {
    const answer = await ask(path, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.length > 0).toBe(status === 200);
  });

  it("say with a 304 what a 200 would have said to caches", async () => {
    const compressed = { "accept-encoding": "br" };
    const { etag, vary } = (await ask("/tagged", compressed)).headers;
    const { status, headers } = await ask("/tagged", { ...compressed, "if-none-match": '"v1"' });
    expect(status).toBe(304);
    expect(headers).toMatchObject({ etag, vary });
    expect(headers).not.toHaveProperty("content-encoding");
  });
});

describe("route", () => {
  it("answers HEAD wherever GET is", async () => {
    const { status, headers, body } = await ask("/text/7", {}, "HEAD");
    expect({ status, length: headers["content-length"], body: body.length }).toEqual({
      status: 200,
      length: "7",
      body: 0,
    });
  });

  it("answers OPTIONS with the methods of the path", async () => {
    const { status, headers } = await ask("/text/7", {}, "OPTIONS");
    expect(status).toBe(204);
    expect(headers["allow"]).toBe("GET, HEAD, POST, OPTIONS");
  });

  it("answers other methods with 405, and other paths with 404", async () => {
    const wrongMethod = await ask("/orders", { accept: "application/json" }, "GET");
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers["allow"]).toBe("POST, OPTIONS");
    expect(JSON.parse(wrongMethod.body.toString())).toEqual({
      status: 405,
      error: "Method Not Allowed",
    });
    expect((await ask("/nowhere")).status).toBe(404);
  });

  it("sends no banner", async () => {
    expect((await ask("/text/7")).headers).not.toHaveProperty("uwebsockets");
    expect((await ask("/text/7")).headers).not.toHaveProperty("server");
  });

  it("lets parameters be read by name after an await", async () => {
    expect((await ask("/late/ada")).body.toString()).toBe("ada ada ");
  });

  it.each(["?a=1&b=2", "?a&b=", "?%61=1", "?=1&a==2", "?aa=1&a=%20+x%26&a=2", "?b=%C3%BC"])(
    "lets values of %s be read as before an await",
    async (query) => {
      const [early, late] = await Promise.all([ask(`/query${query}`), ask(`/query/late${query}`)]);
      expect(late.body.toString()).toBe(early.body.toString());
    },
  );

  it("goes on reading a connection that a handler had paused", async () => {
    const socket = net.connect(server.port, "127.0.0.1");
    for (let round = 0; round < 2; round++) {
      socket.write("GET /paused HTTP/1.1\r\nhost: x\r\n\r\n");
      expect(String((await once(socket, "data"))[0])).toContain("200 OK");
    }
    socket.destroy();
  });

  it("streams a web stream", async () => {
    expect((await ask("/web")).body.toString()).toBe("web");
  });
});

describe("safeHandler on an app of rollcage/uws", () => {
  it("learns its route, and so the names of parameters", async () => {
    expect((await ask("/named/ada")).body.toString()).toBe("ada");
  });

  it("publishes every error, with its kind and route, to rollcage:safety-error", async () => {
    const events: SafetyErrorEvent[] = [];
    const listener = (event: unknown) => void events.push(event as SafetyErrorEvent);
    diagnostics.subscribe("rollcage:safety-error", listener);
    await ask("/fails");
    diagnostics.unsubscribe("rollcage:safety-error", listener);
    expect(events).toMatchObject([{ kind: "http", route: "GET /fails", url: "/fails" }]);
  });
});
