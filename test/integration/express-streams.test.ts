import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startApp } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

import type { express } from "../../src/index.ts";

const SIZE = 32 * 1024 * 1024;
const body = Buffer.alloc(SIZE, "0123456789abcdef");

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollcage-streams-"));
  file = join(folder, "large.bin");
  await writeFile(file, body);
});
afterAll(() => rm(folder, { recursive: true }));

/** In pieces whose last one is smaller than a stream's high-water mark. */
function* pieces(): Generator<Buffer> {
  for (let at = 0; at < SIZE; at += 60_001) yield body.subarray(at, at + 60_001);
}

const downloads: readonly (readonly [string, (response: express.Response) => void])[] = [
  ["pipe", (response) => void Readable.from(pieces()).pipe(response)],
  [
    "pipe with a content-length",
    (response) => void Readable.from(pieces()).pipe(response.set("content-length", `${SIZE}`)),
  ],
  ["sendFile", (response) => response.sendFile(file)],
  ["send", (response) => void response.send(body)],
  [
    "write and end",
    (response) => {
      for (const piece of pieces()) response.write(piece);
      response.end();
    },
  ],
];

describe("a large download", () => {
  it.each(downloads)("through %s reaches a slow reader whole", async (_name, answer) => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => answer(response));
    });
    const request = http.get(running.url, { agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    // Server and client share this event loop: in these turns everything on the way fills up.
    await turns(200);
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      expect(chunk.equals(body.subarray(length, length + chunk.length))).toBe(true);
      length += chunk.length;
      if (length % 5 === 0) await turns(20);
    }
    expect(length).toBe(SIZE);
  });

  it.each(["chunked", "sized"])(
    "reaches a slow reader also when more is to come: %s",
    async (kind) => {
      await using running = await startApp("rollcage", (app) => {
        app.get("/", (_request, response) => {
          if (kind === "sized") response.set("content-length", `${SIZE + 1}`);
          response.write(body);
        });
      });
      const request = http.get(running.url, { agent: false });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      await turns(200);
      let length = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length === SIZE) break;
      }
      expect(length).toBe(SIZE);
    },
  );

  it("is given no more memory than the reader's pace needs", async () => {
    let produced = 0;
    const counting = function* () {
      for (const piece of pieces()) {
        produced += piece.length;
        yield piece;
      }
    };
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => void Readable.from(counting()).pipe(response));
    });
    const request = http.get(running.url, { agent: false });
    await once(request, "response");
    await turns(2_000);
    expect(produced).toBeLessThan(SIZE);
    request.destroy();
  });

  it("is cut off where its source fails", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => {
        void pipeline(Readable.from(failing()), response).catch(() => {});
      });
    });
    const request = http.get(running.url, { agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    const [error] = (await once(response, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });
});

function* failing(): Generator<Buffer> {
  yield body.subarray(0, 100_000);
  throw new Error("the source failed");
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

describe("request.pipe(response)", () => {
  it("sends a large body back to a client that reads while it writes", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.post("/", (request, response) => void request.pipe(response));
    });
    const sent = body.subarray(0, 20_000_000);
    const answer = await sendRequest(running.url, { method: "POST", body: sent });
    expect(answer.body.equals(sent)).toBe(true);
  });
});

describe("response.sendFile", () => {
  it("calls back once a streamed file is out", async () => {
    const called = Promise.withResolvers<unknown>();
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => {
        response.sendFile(file, called.resolve);
      });
    });
    expect(await sendRequest(running.url)).toMatchObject({ status: 200 });
    expect(await called.promise).toBeUndefined();
  });

  it("closes the file when the client leaves", async () => {
    const left = Promise.withResolvers<unknown>();
    const source = Promise.withResolvers<Readable>();
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => {
        response.once("pipe", source.resolve);
        response.sendFile(file, left.resolve);
      });
    });
    const request = http.get(running.url, { agent: false });
    await once(request, "response");
    request.destroy();
    expect(await left.promise).toMatchObject({ code: "ECONNABORTED" });
    expect(await source.promise).toMatchObject({ destroyed: true });
  });

  it("passes on a file that cannot be opened", async () => {
    // A socket: nobody can open that, while root could read a file of any mode.
    const socket = join(folder, "socket");
    await using server = createServer().listen(socket);
    await once(server, "listening");
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => response.sendFile(socket));
    });
    expect(await sendRequest(running.url)).toMatchObject({ status: 500 });
  });

  it("passes on a file that is gone when it is opened", async () => {
    const lost = join(folder, "lost.bin");
    await writeFile(lost, "lost");
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response, next) => {
        response.sendFile(lost, next);
        // Its size and date are known by now, its bytes are not.
        rmSync(lost);
      });
      app.use(((error: NodeJS.ErrnoException, _request, response, _next) => {
        response.status(500).send(error.code);
      }) satisfies express.ErrorRequestHandler);
    });
    expect(await sendRequest(running.url)).toMatchObject({ status: 500, text: "ENOENT" });
  });
});
