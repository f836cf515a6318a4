import assert from "node:assert/strict";
import type { HttpAnswer } from "../frame/ask.ts";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";
import { LARGE_BYTES, SMALL_BYTES } from "./files.ts";

const server = (name: string, title: string): ServerSpec => ({
  name,
  title,
  entry: new URL(`./${name}.ts`, import.meta.url),
});

const isFile =
  (bytes: number) =>
  ({ status, headers, body }: HttpAnswer): void => {
    assert.equal(status, 200);
    assert.equal(body.length, bytes);
    assert.equal(headers["content-length"], String(bytes));
    assert.ok(headers["etag"] !== undefined && headers["last-modified"] !== undefined);
  };

const suite: Suite = defineSuite({
  name: "static",
  title: "Files",
  about:
    "The same directory in one process each, with entity tags, dates and ranges. nginx uses sendfile and keeps open files " +
    "open; 2 MiB is more than serveStatic keeps in memory, so there it reads the file for each answer.",
  control: "ultimate-express",
  servers: [
    server("ultimate-express", "express.static (ultimate-express)"),
    server("raw-route", "serveStatic on a raw route"),
    server("created-app", "createApp, serve"),
    { ...server("nginx", "nginx"), isPeer: true },
  ],
  loads: [
    httpLoad({ name: "small", title: "10 KB", path: "/small.txt", check: isFile(SMALL_BYTES) }),
    httpLoad({
      name: "large",
      title: "2 MiB",
      path: "/large.bin",
      connections: 16,
      check: isFile(LARGE_BYTES),
    }),
  ],
});
export default suite;
