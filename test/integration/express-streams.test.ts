import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startApp } from "../helpers/express-flavours.ts";

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
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      expect(chunk.equals(expectedAt(length, chunk.length))).toBe(true);
      length += chunk.length;
      if (length % 7 === 0) await nextTurn();
    }
    expect(length).toBe(SIZE);
  });

  it("emits finish and close on the response", async () => {
    const events: string[] = [];
    let closed: Promise<unknown> | undefined;
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (_request, response) => {
        for (const event of ["finish", "close"]) response.on(event, () => events.push(event));
        closed = once(response, "close");
        Readable.from(["a", "b"]).pipe(response);
      });
    });
    http.get(running.url, { agent: false }).on("response", (response) => response.resume());
    await once(running.app, "nothing", { signal: AbortSignal.timeout(1) }).catch(() => {});
    await closed;
    expect(events).toEqual(["finish", "close"]);
  });
});

function expectedAt(offset: number, length: number): Buffer {
  return body.subarray(offset, offset + length);
}
