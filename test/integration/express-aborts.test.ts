import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { finished, pipeline } from "node:stream/promises";

import { describe, expect, it } from "vitest";

import type { express } from "../../src/index.ts";
import { flavours, startApp, type Flavour } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

/** Starts a request, lets `handle` see it, then leaves. */
async function abandon<T>(
  flavour: Flavour,
  handle: (pair: Pair) => T,
  bytes: string,
): Promise<Awaited<T>> {
  const seen = Promise.withResolvers<T>();
  const client = new net.Socket();
  await using running = await startApp(flavour, (app) => {
    app.use((request, response) => {
      seen.resolve(handle({ request, response }));
      client.destroy();
    });
  });
  client.connect(running.port, "127.0.0.1");
  client.write(bytes);
  return await seen.promise;
}

interface Pair {
  readonly request: express.Request;
  readonly response: express.Response;
}

const get = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const post = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf";

const all = Object.keys(flavours) as Flavour[];

describe.each(all)("a client that leaves %s", (flavour) => {
  it("closes the response, unended and unfinished", async () => {
    const state = await abandon(
      flavour,
      async ({ response }) => {
        await once(response, "close");
        const { destroyed, writableEnded, writableFinished } = response;
        return { destroyed, writableEnded, writableFinished };
      },
      get,
    );
    expect(state).toEqual({ destroyed: true, writableEnded: false, writableFinished: false });
  });

  it.each([
    ["GET", get],
    ["a half-sent POST", post],
  ])("closes the request of %s as aborted", async (_name, bytes) => {
    const events: string[] = [];
    const state = await abandon(
      flavour,
      async ({ request }) => {
        for (const event of ["aborted", "error", "close"]) {
          request.on(event, () => void events.push(event));
        }
        await new Promise((resolve) => request.once("close", resolve));
        return { destroyed: request.destroyed, aborted: request.aborted };
      },
      bytes,
    );
    expect(state).toEqual({ destroyed: true, aborted: true });
    expect(events).toEqual(["aborted", "error", "close"]);
  });

  it("closes the socket of the request", async () => {
    await expect(
      abandon(
        flavour,
        async ({ request }) => {
          await once(request.socket, "close");
          return request.socket.destroyed;
        },
        get,
      ),
    ).resolves.toBe(true);
  });

  it("ends stream.finished with a premature close", async () => {
    const error = await abandon(
      flavour,
      ({ response }) => finished(response).catch((e: unknown) => e),
      get,
    );
    expect(error).toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
  });

  it("makes a later answer harmless", async () => {
    const outcome = await abandon(
      flavour,
      async ({ response }) => {
        await once(response, "close");
        response.status(200).set("x-late", "1").send("too late");
        response.write("later still");
        response.end();
        return "no error";
      },
      get,
    );
    expect(outcome).toBe("no error");
  });
});

describe.each(all)("express.json of %s", (flavour) => {
  it("passes on that the client has left in the middle of a body", async () => {
    const passed = Promise.withResolvers<unknown>();
    const client = new net.Socket();
    await using running = await startApp(flavour, (app, { json }) => {
      app.use((_request, _response, next) => {
        next();
        client.destroy();
      });
      app.use(json());
      app.use(((error, _request, response, _next) => {
        passed.resolve(error);
        response.status(400).send("nobody reads this");
      }) satisfies express.ErrorRequestHandler);
    });
    client.connect(running.port, "127.0.0.1");
    client.write(post.replace("\r\n\r\n", "\r\ncontent-type: application/json\r\n\r\n"));
    expect(await passed.promise).toMatchObject({ status: 400, type: "request.aborted" });
  });
});

describe.each(all)("a response that %s has sent", (flavour) => {
  it.each([
    ["send", (response: express.Response) => void response.send("whole")],
    [
      "write and end",
      (response: express.Response) => {
        response.write("who");
        response.end("le");
      },
    ],
  ])("is ended and finished, and emits both events once, after %s", async (_name, answer) => {
    const events: string[] = [];
    const done = Promise.withResolvers<express.Response>();
    await using running = await startApp(flavour, (app) => {
      app.use((_request, response) => {
        for (const event of ["finish", "close"]) response.on(event, () => void events.push(event));
        response.on("close", () => done.resolve(response));
        answer(response);
      });
    });
    expect(await sendRequest(running.url)).toMatchObject({ text: "whole" });
    expect(await done.promise).toMatchObject({ writableEnded: true, writableFinished: true });
    expect(events).toEqual(["finish", "close"]);
  });
});

describe.each(all)("response.destroy of %s", (flavour) => {
  it("closes the connection", async () => {
    await using running = await startApp(flavour, (app) => {
      app.use((_request, response) => void response.destroy());
    });
    const request = http.get(running.url, { agent: false });
    const [error] = (await once(request, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });
});

describe.each(all)("request.destroy of %s", (flavour) => {
  it.each([
    ["GET", "GET", undefined],
    ["a body that nobody has read", "POST", "body"],
  ])("closes the connection of %s", async (_name, method, body) => {
    await using running = await startApp(flavour, (app) => {
      app.use((request) => void request.destroy());
    });
    await expect(sendRequest(running.url, { method, body })).rejects.toMatchObject({
      code: "ECONNRESET",
    });
  });

  it.each([
    [
      "a pipeline that fails",
      (request: express.Request) =>
        pipeline(request, async () => {
          throw new Error("the sink has failed");
        }),
    ],
    [
      "a loop that stops reading",
      async (request: express.Request) => {
        for await (const _chunk of request) throw new Error("the loop has stopped");
      },
    ],
  ])("lets %s still be answered", async (_name, read) => {
    await using running = await startApp(flavour, (app) => {
      app.use((request, response) => {
        read(request).catch((error: Error) => response.status(500).send(error.message));
      });
    });
    const answer = await sendRequest(running.url, { method: "POST", body: "body" });
    expect(answer).toMatchObject({ status: 500, text: expect.stringMatching(/^the /) });
  });
});
