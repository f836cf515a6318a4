import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { HttpAnswer } from "../frame/ask.ts";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";
import { largeJson, userOf } from "./data.ts";

const server = (name: string, title: string): ServerSpec => ({
  name,
  title,
  entry: new URL(`./${name}.ts`, import.meta.url),
});

const ACCEPT = "application/json";
const TEXT = "0123456789abcdef".repeat(64);

const isJson =
  (expected: unknown) =>
  ({ status, headers, body }: HttpAnswer): void => {
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.deepEqual(JSON.parse(body.toString()), expected);
  };

const suite: Suite = defineSuite({
  name: "safety",
  title: "What safety costs",
  about:
    "The same routes in one process: by hand for µWebSockets.js with every precaution, the same with the response " +
    "patched per request, and what rollcage makes of the short version of each handler.",
  control: "raw",
  servers: [
    server("raw", "µWS by hand"),
    server("safe", "safeHandler"),
    server("created-app", "createApp"),
    server("patched", "µWS, patched per request"),
    server("express", "Express app (ultimate-express)"),
  ],
  loads: [
    httpLoad({
      name: "json",
      title: "JSON, answered in the first tick",
      path: "/user/1815",
      check: isJson(userOf("1815")),
    }),
    httpLoad({
      name: "json-async",
      title: "JSON, answered after an await",
      path: "/wait/1815",
      check: isJson(userOf("1815")),
    }),
    httpLoad({
      name: "json-late",
      title: "JSON, with a header read after an await",
      path: "/late/1815",
      headers: { accept: ACCEPT },
      check: isJson({ ...userOf("1815"), accept: ACCEPT }),
    }),
    httpLoad({
      name: "echo",
      title: "1 KB body sent back",
      path: "/echo",
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: TEXT,
      check({ status, body }) {
        assert.equal(status, 200);
        assert.equal(body.toString(), TEXT);
      },
    }),
    httpLoad({
      name: "compressed",
      title: "50 KB of JSON, compressed with gzip",
      path: "/large",
      headers: { "accept-encoding": "gzip" },
      check({ status, headers, body }) {
        assert.equal(status, 200);
        assert.equal(headers["content-encoding"], "gzip");
        assert.equal(gunzipSync(body).toString(), largeJson);
      },
    }),
  ],
});
export default suite;
