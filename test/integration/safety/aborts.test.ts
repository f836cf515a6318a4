import net from "node:net";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createSafety,
  parseBody,
  type SafeResponse,
  type SafetyError,
  type StreamSource,
} from "../../../safety/index.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let server: TestServer;
const errors: SafetyError[] = [];
let open = 0;
let onWaiting: () => void = () => {};
let onSettled: () => void = () => {};

/** Every handler says when it is where the client shall leave it, and when it is over. */
function watch(res: SafeResponse): void {
  open++;
  res.onFinished(() => {
    open--;
    onSettled();
  });
}

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    await nextTurn();
    yield Buffer.alloc(64 * 1024);
  }
}

/** Resolved when a source is told that nobody reads it any more. */
let released = Promise.withResolvers<void>();

function createReadable(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024));
    },
    destroy(_error, done) {
      released.resolve();
      done(null);
    },
  });
}

async function* createIterable(): AsyncGenerator<Buffer> {
  try {
    yield* endless();
  } finally {
    released.resolve();
  }
}

const large = "compress me ".repeat(100_000);

async function sendEndless(res: SafeResponse, source: StreamSource, type: string): Promise<void> {
  watch(res);
  const done = res.stream(source, { type });
  onWaiting();
  await done;
}

beforeAll(async () => {
  const { safeHandler } = createSafety({ onError: (error) => void errors.push(error) });
  server = await startServer((app) => {
    app
      .get(
        "/await",
        safeHandler(async (res) => {
          watch(res);
          onWaiting();
          await new Promise((resolve) => {
            res.signal.addEventListener("abort", resolve);
          });
          res.json({ too: "late" });
        }),
      )
      .post(
        "/body",
        safeHandler(async (res) => {
          watch(res);
          onWaiting();
          res.end(await parseBody(res));
        }),
      )
      .get(
        "/compress",
        safeHandler(async (res) => {
          watch(res);
          await nextTurn();
          res.send(large);
          onWaiting();
        }),
      )
      .get(
        "/readable",
        safeHandler((res) => sendEndless(res, createReadable(), "image/png")),
      )
      .get(
        "/iterable",
        safeHandler((res) => sendEndless(res, createIterable(), "image/png")),
      )
      .get(
        "/encoded",
        safeHandler((res) => sendEndless(res, createReadable(), "text/plain")),
      )
      .get(
        "/stream",
        safeHandler(async (res) => {
          watch(res);
          const done = res.stream(endless(), { size: 1e9 });
          onWaiting();
          await done;
        }),
      )
      .get(
        "/chunks",
        safeHandler(async (res) => {
          watch(res);
          const done = res.stream(endless());
          onWaiting();
          await done;
        }),
      );
  });
});
afterAll(() => server.close());

const requests = {
  await: "GET /await HTTP/1.1\r\nhost: x\r\n\r\n",
  body: "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc",
  compress: "GET /compress HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\n\r\n",
  stream: "GET /stream HTTP/1.1\r\nhost: x\r\n\r\n",
  chunks: "GET /chunks HTTP/1.1\r\nhost: x\r\n\r\n",
};

/** Sends `count` requests on connections of their own, and leaves when each handler is waiting. */
async function abandon(request: string, count: number): Promise<void> {
  const clients: net.Socket[] = [];
  const waiting = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  let waited = 0;
  let over = 0;
  onWaiting = () => void (++waited === count && waiting.resolve());
  onSettled = () => void (++over === count && settled.resolve());
  for (let index = 0; index < count; index++) {
    const client = net.connect(server.port, "127.0.0.1", () => void client.write(request));
    client.on("error", () => {});
    client.pause(); // So that streams meet backpressure.
    clients.push(client);
  }
  await waiting.promise;
  for (const client of clients) client.resetAndDestroy();
  await settled.promise;
}

describe("a client that goes away", () => {
  it.each(Object.entries(requests))(
    "during /%s is noticed and reported to nobody",
    async (_, request) => {
      errors.length = 0;
      await abandon(request, 5);
      await nextTurn();
      expect(open).toBe(0);
      expect(errors).toEqual([]);
    },
  );

  it.each(["/readable", "/iterable", "/encoded"])(
    "destroys the source that %s streams",
    async (path) => {
      released = Promise.withResolvers();
      await abandon(`GET ${path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n`, 1);
      await released.promise;
      expect(open).toBe(0);
    },
  );

  it("10 000 times leaves neither memory nor handles behind", async () => {
    const round = async (each: number) => {
      for (const request of [requests.await, requests.body]) {
        for (let done = 0; done < each; done += 100) await abandon(request, 100);
      }
      await abandon(requests.stream, 50);
      await abandon(requests.chunks, 50);
      await nextTurn();
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await round(500);
    const handles = process.getActiveResourcesInfo().length;
    const after = await round(5_000);
    expect(open).toBe(0);
    // A leak of as little as 300 bytes a request would show.
    expect(after - before).toBeLessThan(3_000_000);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handles + 5);
  }, 60_000);
});
