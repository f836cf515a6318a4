import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { startApp, type App } from "../helpers/express-flavours.ts";
import { sendRaw, sendRequest } from "../helpers/send-request.ts";

import type { express } from "../../src/index.ts";

const rejecting = async (): Promise<void> => {
  await Promise.resolve();
  throw new Error("rejected");
};

const reporter: express.ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(500).send(`handled: ${error.message}`);
};

async function get(build: (app: App, express_: typeof express) => void) {
  await using running = await startApp("rollcage", build);
  return await sendRequest(running.url);
}

describe("a rejected async handler", () => {
  it("reaches the error handler", async () => {
    expect(
      await get((app) => {
        app.get("/", rejecting);
        app.use(reporter);
      }),
    ).toMatchObject({ status: 500, text: "handled: rejected" });
  });

  it("reaches the error handler from a mounted router", async () => {
    expect(
      await get((app, { Router }) => {
        app.use(Router().use(rejecting));
        app.use(reporter);
      }),
    ).toMatchObject({ status: 500, text: "handled: rejected" });
  });

  it("is answered with 500 where there is no error handler", async () => {
    expect(await get((app) => void app.get("/", rejecting))).toMatchObject({ status: 500 });
  });

  it("leaves the setting to the app", async () => {
    await using running = await startApp("rollcage", (app) => {
      expect(app.get("catch async errors")).toBe(true);
      app.set("catch async errors", false);
    });
    expect(running.app.get("catch async errors")).toBe(false);
  });
});

describe("an error handler that fails itself", () => {
  it.each([
    ["throws", "sync"],
    ["rejects", "async"],
  ])("passes the new error on when it %s", async (_name, kind) => {
    const failing: express.ErrorRequestHandler =
      kind === "sync"
        ? (_error, _request, _response, _next) => {
            throw new Error("second");
          }
        : async (_error, _request, _response, _next) => {
            await Promise.resolve();
            throw new Error("second");
          };
    expect(
      await get((app) => {
        app.get("/", (_request, _response, next) => {
          setImmediate(() => next(new Error("first")));
        });
        app.use(failing);
        app.use(reporter);
      }),
    ).toMatchObject({ status: 500, text: "handled: second" });
  });
});

describe("the answer to an unhandled error", () => {
  it("has the status and headers that the error names", async () => {
    const error = Object.assign(new Error("slow down"), {
      status: 429,
      headers: { "retry-after": "7" },
    });
    expect(
      await get((app) => {
        app.get("/", (_request, _response, next) => {
          next(error);
        });
      }),
    ).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
  });

  it("carries no markup from the error", async () => {
    const { text } = await get((app) => {
      app.get("/", () => {
        throw new Error("<script>alert(1)</script>");
      });
    });
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
  });
});

describe("a failure after the first write", () => {
  const head = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

  it.each([
    [
      "throw",
      (response: express.Response) => {
        response.write("partial");
        throw new Error("too late");
      },
    ],
    [
      "rejection",
      async (response: express.Response) => {
        response.write("partial");
        await nextTurn();
        throw new Error("too late");
      },
    ],
  ])(
    "closes the connection after a %s instead of leaving the client waiting",
    async (_name, run) => {
      await using running = await startApp("rollcage", (app) => {
        app.get("/", (_request, response) => run(response));
      });
      const answer = await sendRaw(running.port, head);
      expect(answer).not.toContain("\r\n0\r\n");
    },
  );
});

describe("an error whose answer waits for the rest of the body", () => {
  it("is dropped when somebody else has answered by then", async () => {
    const ended = Promise.withResolvers<void>();
    await using running = await startApp("rollcage", (app) => {
      app.post("/", (request, response, next) => {
        request.once("end", () => setImmediate(ended.resolve));
        next(new Error("first"));
        setImmediate(() => response.send("own answer"));
      });
    });
    const socket = connect(running.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n01234");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("own answer");
    socket.write("56789");
    await Promise.race([ended.promise, once(socket, "close"), nextTurn()]);
    socket.destroy();
    expect(await sendRequest(running.url)).toMatchObject({ status: 404 });
  });
});

describe("a body of the wrong type", () => {
  it("is answered with 500 and leaves nothing half sent", async () => {
    const answer = await get((app) => {
      app.get("/", (_request, response) => void response.end(5 as never));
    });
    expect(answer).toMatchObject({ status: 500 });
  });
});

describe("a response header", () => {
  it.each([
    ["set", (response: express.Response, value: string) => response.set("x-value", value)],
    ["append", (response: express.Response, value: string) => response.append("x-value", value)],
    ["setHeader", (response: express.Response, value: string) => response.setHeader("x", [value])],
  ])("cannot smuggle in another one through %s", async (_name, write) => {
    const { status, headers } = await get((app) => {
      app.get("/", (_request, response) => {
        write(response, "a\r\nset-cookie: admin=1");
        response.send("sent");
      });
    });
    expect(status).toBe(500);
    expect(headers).not.toHaveProperty("set-cookie");
  });
});
