import { Readable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createSafety,
  HttpError,
  parseBody,
  parseJson,
  type ErrorContext,
  type SafeHandlerFunction,
  type SafeResponse,
  type SafetyError,
  type SafetyOptions,
} from "../../safety/index.ts";
import type { Backend } from "./real-backend.ts";
import { StrictFake, type FakeRequestInit } from "./strict-fake.ts";

/** What holds on the real binding and on the strict fake alike; so the fake stays honest. */
export function safetyBehaviour(
  name: string,
  createBackend: () => Promise<Backend> | Backend,
): void {
  describe(`safeHandler on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    });
    afterAll(() => {
      backend.close();
    });

    interface Run {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly closed: boolean;
      readonly errors: {
        readonly code: string;
        readonly error: SafetyError;
        readonly context: ErrorContext;
      }[];
    }

    async function run(
      handler: SafeHandlerFunction,
      init: FakeRequestInit = {},
      options: SafetyOptions = {},
    ): Promise<Run> {
      const errors: Run["errors"] = [];
      const { safeHandler } = createSafety({
        onError: (error, context) => errors.push({ code: error.code, error, context }),
        ...options,
      });
      const outcome = await backend.request(safeHandler(handler), init);
      const answer = outcome === "closed" ? { status: 0, headers: {}, body: "" } : outcome;
      return { ...answer, closed: outcome === "closed", errors };
    }

    const codes = ({ errors }: Run) => errors.map(({ code }) => code);

    it("refuses at once what is no function", () => {
      const { safeHandler, fromConnect } = createSafety();
      expect(() => safeHandler(undefined as never)).toThrow(
        "Expected the handler to be a function",
      );
      expect(() => fromConnect({} as never)).toThrow("Expected the middleware to be a function");
    });

    it("answers from the first tick", async () => {
      const result = await run((res) =>
        res.writeStatus("201 Created").writeHeader("x-a", "b").end("hi"),
      );
      expect(result).toMatchObject({
        status: 201,
        body: "hi",
        headers: { "x-a": "b" },
        errors: [],
      });
    });

    it("answers after an await, with the request still readable", async () => {
      const result = await run(
        async (res, req) => {
          await nextTurn();
          const seen: string[] = [];
          req.forEach((key, value) => seen.push(`${key}=${value}`));
          res.json({
            host: req.getHeader("host"),
            none: req.getHeader("x-none"),
            method: [req.getMethod(), req.getCaseSensitiveMethod()],
            url: req.getUrl(),
            query: [req.getQuery(), req.getQuery("q"), req.getQuery("z") ?? null],
            seen: seen.includes("x-b=2"),
          });
        },
        { method: "PUT", url: "/a/b", query: "q=1%202", headers: { host: "h", "x-b": "2" } },
      );
      expect(JSON.parse(result.body)).toEqual({
        host: "h",
        none: "",
        method: ["put", "PUT"],
        url: "/a/b",
        query: ["q=1%202", "1 2", null],
        seen: true,
      });
    });

    it("keeps the request readable for a handler that answered before it awaited", async () => {
      let host = "";
      const handled = Promise.withResolvers<void>();
      await run(
        async (res, req) => {
          res.end("early");
          await nextTurn();
          host = req.getHeader("host");
          handled.resolve();
        },
        { headers: { host: "kept" } },
      );
      await handled.promise;
      expect(host).toBe("kept");
    });

    it("turns a throw into one 500 and one report", async () => {
      const result = await run(() => {
        throw new Error("boom");
      });
      expect(result).toMatchObject({ status: 500, body: "Internal Server Error" });
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_THREW"]);
      expect(result.errors[0]?.error.cause).toMatchObject({ message: "boom" });
      expect(result.errors[0]?.context).toMatchObject({ method: "get", url: "/", aborted: false });
    });

    it("turns a rejection into one 500 and one report", async () => {
      const result = await run(async () => {
        await nextTurn();
        throw new Error("boom");
      });
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_THREW"]);
    });

    it.each([null, undefined, "text", 0])("survives a handler that throws %j", async (thrown) => {
      const result = await run(() => {
        throw thrown; // oxlint-disable-line typescript/only-throw-error -- what JavaScript may throw
      });
      expect(result.status).toBe(500);
    });

    it.each([
      ["an object without a text", () => Object.create(null) as unknown],
      [
        "an error whose message throws",
        () =>
          Object.defineProperty(new Error("unread"), "message", {
            get() {
              throw new Error("boom");
            },
          }),
      ],
    ])("survives a handler that throws %s", async (_, create) => {
      const result = await run(() => {
        throw create();
      });
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_THREW"]);
    });

    it("survives an onError that rejects", async () => {
      const asked = Promise.withResolvers<void>();
      const result = await run(
        () => {
          throw new Error("boom");
        },
        {},
        {
          // oxlint-disable-next-line typescript/no-misused-promises -- what happens to it is the question
          onError: async () => {
            asked.resolve();
            await nextTurn();
            throw new Error("no database for errors");
          },
        },
      );
      expect(result.status).toBe(500);
      await asked.promise;
      await nextTurn();
    });

    it.each(["onFinished", "onData", "cork"] as const)(
      "reports a callback of %s that rejects",
      async (call) => {
        const reported = Promise.withResolvers<string>();
        const result = await run(
          (res) => {
            // oxlint-disable-next-line typescript/no-misused-promises -- what happens to it is the question
            res[call](async () => {
              await nextTurn();
              throw new Error("boom");
            });
            res.end("sent");
          },
          { method: "POST", chunks: ["body"] },
          { onError: (error) => reported.resolve(error.code) },
        );
        expect(result).toMatchObject({ status: 200, body: "sent" });
        expect(await reported.promise).toBe("ERR_ROLLCAGE_HANDLER_THREW");
      },
    );

    it("answers with the status, message and headers of an HttpError", async () => {
      const result = await run(() => {
        throw new HttpError(404, "no such user", { headers: { "x-why": "gone" } });
      });
      expect(result).toMatchObject({
        status: 404,
        body: "no such user",
        headers: { "x-why": "gone", "content-type": "text/plain; charset=utf-8" },
      });
    });

    it("keeps the content type that an HttpError brings", async () => {
      const type = "application/problem+json";
      const result = await run(() => {
        throw new HttpError(400, '{"title":"no"}', { headers: { "content-type": type } });
      });
      expect(result.headers["content-type"]).toBe(type);
    });

    it("hides the message of a 5xx unless it is to be exposed", async () => {
      const handler = () => {
        throw new HttpError(502, "db-7 is down");
      };
      expect((await run(handler)).body).toBe("Bad Gateway");
      expect((await run(handler, {}, { exposeErrors: true })).body).toBe("db-7 is down");
    });

    it("answers errors in JSON where the client prefers it", async () => {
      const headers = { accept: "application/json" };
      const result = await run(
        () => {
          throw new HttpError(404, "no such user");
        },
        { headers },
      );
      expect(JSON.parse(result.body)).toEqual({ status: 404, error: "no such user" });
    });

    it("replaces a head that was noted before the throw", async () => {
      const result = await run((res) => {
        res.writeStatus("201 Created").writeHeader("x-secret", "1");
        throw new Error("boom");
      });
      expect(result.status).toBe(500);
      expect(result.headers).not.toHaveProperty("x-secret");
    });

    it("closes the connection when a part of the body is out", async () => {
      const result = await run(async (res) => {
        res.write("part");
        await nextTurn();
        throw new Error("boom");
      });
      expect(result.closed).toBe(true);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_THREW"]);
    });

    it.each<[string, SafeHandlerFunction]>([
      ["returns", () => {}],
      ["resolves", async () => void (await nextTurn())],
      ["resolves, though it listens for an abort,", async (res) => void res.onAborted(() => {})],
    ])("answers 500 for a handler that %s without an answer", async (_, handler) => {
      const result = await run(handler);
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_NO_RESPONSE"]);
      expect(result.errors[0]?.error.message).toContain("safety-behaviour.ts");
    });

    it("waits for a handler that returned, but listens for an abort as µWS asks it to", async () => {
      const result = await run((res) => {
        res.onAborted(() => {});
        setImmediate(() => res.end("later"));
      });
      expect(result).toMatchObject({ status: 200, body: "later", errors: [] });
    });

    it("answers 503 when the deadline passes, and ignores what comes later", async () => {
      let reason: unknown;
      const late = Promise.withResolvers<void>();
      const result = await run(
        async (res) => {
          const { signal } = res;
          await new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => resolve());
          });
          reason = signal.reason;
          res.end("too late");
          late.resolve();
          throw new Error("nobody listens");
        },
        {},
        { timeoutMs: 20 },
      );
      await late.promise;
      await nextTurn();
      expect(result).toMatchObject({ status: 503, body: "Service Unavailable" });
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_TIMEOUT"]);
      expect(reason).toMatchObject({ code: "ERR_ROLLCAGE_HANDLER_TIMEOUT" });
    });

    it("does not count a response that has begun against the deadline", async () => {
      const result = await run(
        async (res) => {
          res.write("a");
          await delay(60);
          res.end("b");
        },
        {},
        { timeoutMs: 20 },
      );
      expect(result).toMatchObject({ status: 200, body: "ab", errors: [] });
    });

    it("sheds requests beyond maxInFlight with Retry-After, and takes them again afterwards", async () => {
      const { safeHandler } = createSafety({ onError: () => {}, maxInFlight: 1 });
      const release = Promise.withResolvers<void>();
      const handler = safeHandler(async (res) => {
        await release.promise;
        res.end("served");
      });
      // Outside the backend, which serves one request at a time.
      const occupant = new StrictFake();
      occupant.run(handler, {});
      const refused = await backend.request(handler);
      expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
      release.resolve();
      expect(await occupant.outcome).toMatchObject({ status: 200, body: "served" });
      expect(await backend.request(handler)).toMatchObject({ status: 200, body: "served" });
    });

    it("ignores a second end, and reports it with the places of both", async () => {
      const result = await run((res) => {
        res.end("first");
        res.end("second");
      });
      expect(result).toMatchObject({ status: 200, body: "first" });
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
      const [{ error } = { error: undefined }] = result.errors;
      expect(error?.stack).toContain("safety-behaviour.ts");
      expect(error?.cause).toHaveProperty("stack", expect.stringContaining("safety-behaviour.ts"));
    });

    it("ignores a header behind the head, and reports that", async () => {
      const result = await run((res) => {
        res.write("begun");
        res.writeHeader("x-late", "1").end();
      });
      expect(result).toMatchObject({ status: 200, body: "begun" });
      expect(result.errors.map(({ error }) => error.details)).toEqual([
        { call: "writeHeader()", problem: "the head is out already" },
      ]);
    });

    it.each<[string, (res: SafeResponse) => unknown]>([
      ["end", (res) => res.end("x")],
      ["endWithoutBody", (res) => res.endWithoutBody()],
      ["tryEnd", (res) => res.tryEnd("x", 1)],
      ["write", (res) => res.write("x")],
      ["close", (res) => res.close()],
      ["writeStatus", (res) => res.writeStatus("500 X")],
      ["writeHeader", (res) => res.writeHeader("a", "b")],
      ["cork", (res) => res.cork(() => {})],
      ["onWritable", (res) => res.onWritable(() => true)],
      ["onData", (res) => res.onData(() => {})],
      ["onAborted", (res) => res.onAborted(() => {})],
      ["pause", (res) => res.pause()],
      ["resume", (res) => res.resume()],
      ["getWriteOffset", (res) => res.getWriteOffset()],
      ["getRemoteAddress", (res) => res.getRemoteAddress()],
      ["getRemoteAddressAsText", (res) => res.getRemoteAddressAsText()],
      ["getProxiedRemoteAddress", (res) => res.getProxiedRemoteAddress()],
      ["getProxiedRemoteAddressAsText", (res) => res.getProxiedRemoteAddressAsText()],
      ["getRemotePort", (res) => res.getRemotePort()],
      ["json", (res) => res.json({})],
      ["send", (res) => res.send("x")],
      ["stream", (res) => res.stream(["x"])],
      ["json of what has no JSON form", (res) => res.json(undefined)],
      ["stream of nothing", (res) => res.stream(null as never)],
    ])("does not throw from %s on a finished response", async (_, call) => {
      let threw: unknown;
      const tried = Promise.withResolvers<void>();
      const result = await run(async (res) => {
        await nextTurn();
        res.end("done");
        try {
          await call(res);
        } catch (error) {
          threw = error;
        }
        tried.resolve();
      });
      await tried.promise;
      expect(threw).toBeUndefined();
      expect(result).toMatchObject({ status: 200, body: "done" });
    });

    it("sends a body in chunks", async () => {
      const result = await run(async (res) => {
        res.write("a");
        await nextTurn();
        res.write("b");
        res.end("c");
      });
      expect(result).toMatchObject({ status: 200, body: "abc" });
    });

    it("never sends a Content-Length of the handler beside µWS's own", async () => {
      const result = await run((res) => res.writeHeader("Content-Length", "99").end("four"));
      expect(result.headers["content-length"]).toBe("4");
    });

    it.each([
      [
        "a line break in a value",
        (res: SafeResponse) => res.writeHeader("a", "b\r\nset-cookie: c"),
      ],
      ["a line break in a name", (res: SafeResponse) => res.writeHeader("a\r\nb", "c")],
      ["an empty name", (res: SafeResponse) => res.writeHeader("", "c")],
      ["a line break in a status", (res: SafeResponse) => res.writeStatus("200 OK\r\na: b")],
    ])("refuses %s", async (_, write) => {
      const result = await run((res) => {
        write(res);
        res.end("sent");
      });
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
    });

    it("refuses a body that µWS would choke on", async () => {
      // What JavaScript would pass.
      const result = await run((res) => res.end({ not: "a body" } as unknown as string));
      expect(result.status).toBe(500);
    });

    it.each([
      ["end", (res: SafeResponse) => res.end("hello"), "5"],
      ["json", (res: SafeResponse) => res.json({ a: 1 }), "7"],
      ["send", (res: SafeResponse) => res.send("hello"), "5"],
      ["endWithoutBody", (res: SafeResponse) => res.endWithoutBody(5), "5"],
      ["tryEnd", (res: SafeResponse) => res.tryEnd("hel", 5), "5"],
      ["stream", (res: SafeResponse) => res.stream(["hello"], { size: 5 }), "5"],
    ])(
      "answers HEAD without a body, but with its length, through %s",
      async (_, answer, length) => {
        const result = await run((res) => answer(res), { method: "HEAD" });
        expect(result).toMatchObject({ status: 200, body: "", errors: [] });
        expect(result.headers["content-length"]).toBe(length);
      },
    );

    it("gives an answer without a body a length", async () => {
      const result = await run((res) => res.endWithoutBody());
      expect(result.headers["content-length"]).toBe("0");
    });

    it.each(["204 No Content", "304 Not Modified"])("sends no body with %s", async (status) => {
      const result = await run((res) => res.writeStatus(status).end("ignored"));
      expect(result).toMatchObject({ status: Number.parseInt(status, 10), body: "" });
      expect(result.headers).not.toHaveProperty("content-length");
    });

    it("streams a source that is larger than the socket takes at once", async () => {
      const part = "x".repeat(100_000);
      async function* source() {
        for (let index = 0; index < 20; index++) {
          await nextTurn();
          yield part;
        }
      }
      const result = await run((res) => res.stream(source(), { size: 2_000_000 }));
      expect(result.body.length).toBe(2_000_000);
      expect(result.errors).toEqual([]);
    });

    it.each([1, 3])(
      "closes the connection when a stream of %i bytes too few ends",
      async (missing) => {
        const result = await run((res) => res.stream(["abc"], { size: 3 + missing }));
        expect(result.closed).toBe(true);
        expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_THREW"]);
      },
    );

    it.each<[string, (res: SafeResponse) => unknown]>([
      ["end", (res) => res.end("b")],
      ["write", (res) => res.write("b")],
    ])("closes the connection when %s follows a part sent by tryEnd", async (_, call) => {
      const result = await run((res) => {
        res.tryEnd("a", 3);
        call(res);
      });
      expect(result.closed).toBe(true);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
    });

    it("closes the connection when tryEnd follows write with a part of a body", async () => {
      const result = await run((res) => {
        res.write("a");
        res.tryEnd("b", 3);
      });
      expect(result.closed).toBe(true);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
    });

    it("ends a body of chunks with a whole tryEnd", async () => {
      const result = await run((res) => {
        res.write("a");
        expect(res.tryEnd("bc", 2)).toEqual([true, true]);
      });
      expect(result).toMatchObject({ status: 200, body: "abc", errors: [] });
    });

    it.each([
      ["in chunks", {}],
      ["of a known size", { size: 5 }],
    ])("streams every kind of bytes, %s", async (_, options) => {
      const { buffer } = Uint8Array.from(Buffer.from("lo"));
      // Not what the type says, but what comes out of some sources.
      const chunk = buffer as unknown as Uint8Array;
      const result = await run((res) => res.stream(["h", Buffer.from("el"), chunk], options));
      expect(result).toMatchObject({ status: 200, body: "hello" });
    });

    it.each([99, 1_000, 200.5, Number.NaN])("refuses the status %d", async (status) => {
      const result = await run((res) => res.json({}, status));
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
    });

    it.each([null, undefined, {}, 7])("refuses to stream %j", async (source) => {
      const result = await run((res) => res.stream(source as never));
      expect(result.status).toBe(500);
      expect(result.errors[0]?.error.details).toMatchObject({ call: "stream()" });
    });

    it("refuses to stream what is neither text nor bytes", async () => {
      const result = await run((res) => res.stream([{ a: 1 } as unknown as string]));
      expect(result.status).toBe(500);
      expect(codes(result)).toEqual(["ERR_ROLLCAGE_RESPONSE_MISUSED"]);
    });

    it("answers 500 when a source fails before it has yielded", async () => {
      const source = new Readable({ read: () => void source.destroy(new Error("disk")) });
      const result = await run((res) => res.stream(source));
      expect(result.status).toBe(500);
    });

    describe("bodies", () => {
      const post = (chunks: readonly string[], headers: Record<string, string> = {}) => ({
        method: "POST",
        chunks,
        headers: { "content-length": String(Buffer.byteLength(chunks.join(""))), ...headers },
      });

      it("are read in the first tick", async () => {
        const result = await run(
          async (res) => res.end(await parseBody(res)),
          post(["hello ", "world"]),
        );
        expect(result.body).toBe("hello world");
      });

      it("are read after an await, and nothing is lost", async () => {
        const result = await run(
          async (res) => {
            for (let turn = 0; turn < 5; turn++) await nextTurn();
            res.end(await parseBody(res));
          },
          post(["hello ", "wor", "ld"]),
        );
        expect(result.body).toBe("hello world");
      });

      it("are given to onData by a handler that returned", async () => {
        const result = await run(
          (res) => {
            let text = "";
            res.onData((chunk, isLast) => {
              text += Buffer.from(chunk).toString();
              if (isLast) res.end(text);
            });
          },
          post(["a", "b", "c"]),
        );
        expect(result.body).toBe("abc");
      });

      it.each(["while", "after"])("are given to onData %s a parser reads them", async (when) => {
        const result = await run(
          async (res) => {
            const parsed = parseBody(res);
            if (when === "after") await parsed;
            const given = await new Promise<string>((resolve) => {
              let text = "";
              res.onData((chunk, isLast) => {
                text += Buffer.from(chunk).toString();
                if (isLast) resolve(text);
              });
            });
            res.end(`${given} ${(await parsed).toString()}`);
          },
          post(["a", "b"]),
        );
        expect(result.body).toBe("ab ab");
      });

      it("are read again by a second call", async () => {
        const result = await run(
          async (res) => {
            const first = await parseBody(res);
            res.end(String(first === (await parseBody(res))));
          },
          post(["x"]),
        );
        expect(result.body).toBe("true");
      });

      it("are answered by a handler that returned", async () => {
        const result = await run(
          (res) => {
            void parseBody(res).then((body) => res.end(body));
          },
          post(["a", "b"]),
        );
        expect(result).toMatchObject({ status: 200, body: "ab", errors: [] });
      });

      it("are no answer", async () => {
        const result = await run(
          async (res) => {
            await parseBody(res);
          },
          post(["a", "b"]),
        );
        expect(result.status).toBe(500);
        expect(codes(result)).toEqual(["ERR_ROLLCAGE_HANDLER_NO_RESPONSE"]);
      });

      it("that nobody reads do not matter", async () => {
        const result = await run(
          async (res) => {
            void parseJson(res);
            res.end("whatever");
          },
          post(["{"]),
        );
        expect(result).toMatchObject({ status: 200, body: "whatever", errors: [] });
      });

      it("reach a handler whose chunk callback throws as an error", async () => {
        const result = await run(
          (res) => {
            res.onData(() => {
              throw new Error("boom");
            });
          },
          post(["x"]),
        );
        expect(result.status).toBe(500);
      });
    });
  });
}
