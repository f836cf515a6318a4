import { once } from "node:events";
import inspector from "node:inspector";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createSafety,
  parseBody,
  parseForm,
  parseJson,
  parseMultipart,
  parseText,
  type SafetyError,
} from "../../../safety/index.ts";
import { exchangeRaw, isComplete, parseAnswer } from "../../helpers/raw-client.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

let server: TestServer;
let wrongLimit = 0;
let errors: SafetyError[] = [];
/** What the handler of /truncated lets the test know. */
let truncated = {
  started: Promise.withResolvers<void>(),
  failed: Promise.withResolvers<unknown>(),
};

beforeAll(async () => {
  const { safeHandler } = createSafety({ onError: (error) => void errors.push(error) });
  server = await startServer((app) => {
    app
      .post(
        "/body",
        safeHandler(async (res) => res.end(await parseBody(res))),
      )
      .post(
        "/late",
        safeHandler(async (res) => {
          await nextTurn();
          await nextTurn();
          res.end(await parseBody(res));
        }),
      )
      .post(
        "/limit",
        safeHandler(async (res) => {
          const { length } = await parseBody(res, { limit: 100 });
          res.end(`${length} bytes`);
        }),
      )
      .post(
        "/wrong-limit",
        safeHandler(async (res) => res.end(await parseBody(res, { limit: wrongLimit }))),
      )
      .post(
        "/json",
        safeHandler(async (res) => {
          const value = await parseJson<Record<string, unknown>>(res);
          res.json({ value, polluted: "polluted" in value });
        }),
      )
      .post(
        "/any-json",
        safeHandler(async (res) => {
          await parseJson(res);
          res.end("parsed");
        }),
      )
      .post(
        "/text",
        safeHandler(async (res) => res.end(await parseText(res))),
      )
      .post(
        "/form",
        safeHandler(async (res) => res.json({ ...(await parseForm(res)) })),
      )
      .post(
        "/parts",
        safeHandler(async (res) => {
          const parts = await parseMultipart(res);
          res.json(
            parts.map(({ name, filename, type, data }) => ({
              name,
              filename,
              type,
              data: data.toString(),
            })),
          );
        }),
      )
      .post(
        "/hurried",
        safeHandler(async (res) => res.end(await parseBody(res)), { timeoutMs: 100 }),
      )
      .post(
        "/ignored",
        safeHandler((res) => res.end("ignored")),
      )
      .post(
        "/truncated",
        safeHandler(async (res) => {
          truncated.started.resolve();
          await parseBody(res).catch((error: unknown) => {
            truncated.failed.resolve(error);
            throw error;
          });
        }),
      )
      .any(
        "/after",
        safeHandler((res) => res.end("next")),
      );
  });
});
afterAll(() => server.close());

const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;

interface Post {
  readonly path: string;
  readonly body: string | Buffer;
  readonly type?: string;
}

async function post({ path, body, type }: Post) {
  errors = [];
  const response = await fetch(url(path), {
    method: "POST",
    body,
    headers: type === undefined ? {} : { "content-type": type },
  });
  return { status: response.status, text: await response.text() };
}

describe("parseBody", () => {
  const payload = "0123456789abcdefghij";
  const chunked = "5\r\n01234\r\na\r\n56789abcde\r\n5\r\nfghij\r\n0\r\n\r\n";

  it.each(["/body", "/late"])(
    "keeps every byte of %s, wherever a sized body is split",
    async (path) => {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${payload.length}\r\n\r\n`;
      for (let at = 0; at <= payload.length; at++) {
        const pieces = [head + payload.slice(0, at), payload.slice(at)].filter(
          (piece) => piece !== "",
        );
        const { text } = await exchangeRaw(server.port, { pieces, until: isComplete });
        expect(parseAnswer(text), `split at ${at}`).toMatchObject({ status: 200, body: payload });
      }
    },
  );

  it.each(["/body", "/late"])(
    "keeps every byte of %s, wherever a chunked body is split",
    async (path) => {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;
      for (let at = 0; at <= chunked.length; at++) {
        const pieces = [head + chunked.slice(0, at), chunked.slice(at)].filter(
          (piece) => piece !== "",
        );
        const { text, closed } = await exchangeRaw(server.port, { pieces });
        expect(parseAnswer(text), `split at ${at}`).toMatchObject({ status: 200, body: payload });
        expect(closed).toBe(true);
      }
    },
  );

  it("keeps every byte when each comes alone", async () => {
    const head = `POST /late HTTP/1.1\r\nhost: x\r\ncontent-length: ${payload.length}\r\n\r\n`;
    const { text } = await exchangeRaw(server.port, {
      pieces: [head, ...payload.split("")],
      until: isComplete,
    });
    expect(parseAnswer(text).body).toBe(payload);
  });

  it("keeps a body that is far larger than what is kept before it is asked for", async () => {
    const body = Buffer.alloc(900_000, "x");
    expect((await post({ path: "/late", body })).text.length).toBe(body.length);
  });

  it("sends 100 Continue to a client that waits for it", async () => {
    const head =
      "POST /body HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    const seen: string[] = [];
    const { text } = await exchangeRaw(server.port, {
      pieces: [head],
      until(got) {
        seen.push(got);
        return got.includes("\r\n\r\n");
      },
    });
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  });

  it("keeps every byte while a debugger is attached", async () => {
    inspector.open(0, "127.0.0.1");
    try {
      const body = "x".repeat(300_000);
      expect((await post({ path: "/body", body })).text).toBe(body);
      expect((await post({ path: "/late", body })).text).toBe(body);
    } finally {
      inspector.close();
    }
  });

  it("lets a body that keeps arriving extend the deadline", async () => {
    const head = "POST /hurried HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n";
    const client = net.connect(server.port, "127.0.0.1");
    client.write(head);
    // Three times as long as the handler may take, and a byte every tenth of that.
    for (let sent = 0; sent < 20; sent++) {
      await delay(15);
      client.write("x");
    }
    const [answer] = (await once(client, "data")) as [Buffer];
    client.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    [0, 200],
    [100, 200],
    [101, 413],
  ])("answers a body of %i bytes under a limit of 100 with %i", async (bytes, status) => {
    expect((await post({ path: "/limit", body: Buffer.alloc(bytes) })).status).toBe(status);
  });

  it.each(["10kb", Number.NaN, -1])("takes %j for no limit, instead of none", async (limit) => {
    errors = [];
    wrongLimit = limit as number;
    expect((await post({ path: "/wrong-limit", body: "x" })).status).toBe(500);
    expect(errors).toMatchObject([
      { code: "ERR_ROLLCAGE_RESPONSE_MISUSED", details: { call: "parseBody()" } },
    ]);
  });

  it("answers 413 to an upload that goes on, discards the rest, and closes", async () => {
    const rest = Buffer.alloc(3_000_000, "x");
    const head = `POST /limit HTTP/1.1\r\nhost: x\r\ncontent-length: ${rest.length}\r\n\r\n`;
    const { text, closed } = await exchangeRaw(server.port, { pieces: [head, rest] });
    const answer = parseAnswer(text);
    expect(answer).toMatchObject({ status: 413, headers: { connection: "close" } });
    expect(answer.body.length).toBe(Number(answer.headers["content-length"]));
    expect(closed).toBe(true);
  });

  it("answers 413 to a chunked upload as soon as the limit is passed", async () => {
    errors = [];
    const { text } = await exchangeRaw(server.port, {
      pieces: [
        "POST /limit HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
        `65\r\n${"x".repeat(101)}\r\n`,
      ],
      until: isComplete,
    });
    expect(parseAnswer(text).status).toBe(413);
    expect(errors).toMatchObject([
      { code: "ERR_ROLLCAGE_BODY_TOO_LARGE", details: { limitBytes: 100 } },
    ]);
  });

  it.each([
    ["a sized body", "content-length: 10\r\n\r\nabc"],
    ["a chunked body", "transfer-encoding: chunked\r\n\r\n5\r\nab"],
  ])("rejects when the client leaves in the middle of %s, and reports nothing", async (_, rest) => {
    errors = [];
    const client = net.connect(server.port, "127.0.0.1");
    truncated = { started: Promise.withResolvers(), failed: Promise.withResolvers() };
    client.write(`POST /truncated HTTP/1.1\r\nhost: x\r\n${rest}`);
    await truncated.started.promise;
    client.destroy();
    expect(await truncated.failed.promise).toMatchObject({ code: "ERR_ROLLCAGE_REQUEST_ABORTED" });
    await nextTurn();
    expect(errors).toEqual([]);
  });

  it.each([
    ["both framings", "content-length: 3\r\ntransfer-encoding: chunked"],
    ["two lengths that differ", "content-length: 3\r\ncontent-length: 4"],
    ["a length that is no number", "content-length: 3x"],
    ["a signed length", "content-length: +3"],
    ["a list of lengths", "content-length: 3, 4"],
    ["an empty length in front of another", "content-length:\r\ncontent-length: 3"],
    ["an unknown transfer encoding", "transfer-encoding: gzip"],
    ["a disguised transfer encoding", "transfer-encoding: xchunked"],
    ["two transfer encodings", "transfer-encoding: chunked\r\ntransfer-encoding: identity"],
  ])("answers %s with 400, closes, and runs nothing behind it", async (_, lines) => {
    const head = `POST /body HTTP/1.1\r\nhost: x\r\n${lines}\r\n\r\nabc`;
    const alone = await exchangeRaw(server.port, { pieces: [head] });
    expect(alone.text).toMatch(/^HTTP\/1\.1 400 /);
    expect(alone.closed).toBe(true);
    const smuggled = "GET /after HTTP/1.1\r\nhost: x\r\n\r\n";
    const followed = await exchangeRaw(server.port, { pieces: [head + smuggled] });
    expect(followed.text).not.toContain("next");
    expect(followed.closed).toBe(true);
  });

  it("takes the same length twice for what it is", async () => {
    const head =
      "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc";
    const { text } = await exchangeRaw(server.port, { pieces: [head], until: isComplete });
    expect(parseAnswer(text)).toMatchObject({ status: 200, body: "abc" });
  });

  // A handler that reads the body, and one that answers without having looked at it.
  it.each(["/body", "/ignored"])(
    "runs no request that hides behind a chunked body to %s",
    async (path) => {
      const { text } = await exchangeRaw(server.port, {
        pieces: [
          `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n` +
            "3\r\nabc\r\n0\r\n\r\nGET /after HTTP/1.1\r\nhost: x\r\n\r\n",
        ],
      });
      expect(text).not.toContain("next");
    },
  );
});

describe("parseJson", () => {
  const json = (path: string, body: string | Buffer, type = "application/json") =>
    post({ path, body, type });

  it.each(["application/json", "application/json; charset=utf-8", "application/problem+json"])(
    "accepts %s",
    async (type) => {
      expect((await json("/any-json", "[1]", type)).status).toBe(200);
    },
  );

  it.each([
    ["malformed", "{", 400],
    ["empty", "", 400],
    ["trailing", "{} x", 400],
    ["invalid UTF-8", Buffer.from([0x22, 0xff, 0x22]), 400],
  ])("answers %s JSON with its status", async (_, body, status) => {
    expect((await json("/any-json", body)).status).toBe(status);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=nope"])(
    "answers %s with 415",
    async (type) => {
      expect((await json("/any-json", "{}", type)).status).toBe(415);
    },
  );

  it("answers a compressed body with 415", async () => {
    const response = await fetch(url("/any-json"), {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
    expect(response.status).toBe(415);
  });

  it("parses deep nesting without running out of stack", async () => {
    const depth = 400_000;
    const result = await json("/any-json", "[".repeat(depth) + "]".repeat(depth));
    expect(result.status).toBe(200);
  });

  it.each([
    ["__proto__", '{"__proto__":{"polluted":1},"a":2}'],
    ["an escaped __proto__", '{"\\u005f_proto__":{"polluted":1},"a":2}'],
    ["constructor.prototype", '{"constructor":{"prototype":{"polluted":1}},"a":2}'],
  ])("leaves out %s", async (_, body) => {
    const { text } = await json("/json", body);
    expect(JSON.parse(text)).toEqual({ value: { a: 2 }, polluted: false });
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("parseText", () => {
  it("decodes the charset that the client names", async () => {
    const body = Buffer.from([0xe9]);
    const type = "text/plain; charset=iso-8859-1";
    expect((await post({ path: "/text", body, type })).text).toBe("é");
  });

  it("answers bytes that are no text with 400", async () => {
    const body = Buffer.from([0xe9]);
    expect((await post({ path: "/text", body, type: "text/plain" })).status).toBe(400);
  });
});

describe("parseForm", () => {
  const type = "application/x-www-form-urlencoded";

  it("decodes names and values, and gathers what occurs twice", async () => {
    const { text } = await post({ path: "/form", body: "a=1&b=%C3%A9+x&a=2&c", type });
    expect(JSON.parse(text)).toEqual({ a: ["1", "2"], b: "é x", c: "" });
  });

  it("leaves out __proto__", async () => {
    const { text } = await post({ path: "/form", body: "__proto__=1&__proto__=2&a=3", type });
    expect(JSON.parse(text)).toEqual({ a: "3" });
  });

  it.each([
    [1_000, 200],
    [1_001, 400],
  ])("answers %i fields with %i", async (count, status) => {
    const body = Array.from({ length: count }, (_, index) => `f${index}=1`).join("&");
    expect((await post({ path: "/form", body, type })).status).toBe(status);
  });

  it("answers another type with 415", async () => {
    expect((await post({ path: "/form", body: "a=1", type: "text/plain" })).status).toBe(415);
  });
});

describe("parseMultipart", () => {
  it("reads fields and files", async () => {
    const form = new FormData();
    form.append("name", "Ada");
    form.append("file", new Blob(["a,b\r\n"], { type: "text/csv" }), "n.csv");
    const response = await fetch(url("/parts"), { method: "POST", body: form });
    expect(await response.json()).toEqual([
      { name: "name", data: "Ada" },
      { name: "file", filename: "n.csv", type: "text/csv", data: "a,b\r\n" },
    ]);
  });

  const part = '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n';

  it.each([
    [
      "a quoted boundary",
      `${part}--B--\r\n`,
      'multipart/form-data; boundary="B"; charset=utf-8',
      200,
    ],
    ["no parts", "--B--\r\n", "multipart/form-data; boundary=B", 200],
    ["no closing boundary", part, "multipart/form-data; boundary=B", 400],
    ["no boundary parameter", `${part}--B--\r\n`, "multipart/form-data", 400],
    [
      "a part without a name",
      "--B\r\nx: y\r\n\r\n1\r\n--B--\r\n",
      "multipart/form-data; boundary=B",
      400,
    ],
    ["garbage", "hello", "multipart/form-data; boundary=B", 400],
    ["another type", "hello", "application/json", 415],
  ])("answers %s with its status", async (_, body, type, status) => {
    expect((await post({ path: "/parts", body, type })).status).toBe(status);
  });
});
