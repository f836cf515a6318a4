import assert from "node:assert/strict";
import { defineSuite, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";
import { FILE_BYTES } from "./app.ts";

const widget = { name: "widget", price: 12.5, tags: ["a", "b"], nested: { x: 1 } };

const suite: Suite = defineSuite({
  name: "express",
  title: "What the repairs cost an Express app",
  about:
    "One process, the same app: ultimate-express as it comes, on the bare binary, and this package's `express` with all " +
    "its repairs, without and with the guard that `startServer` puts in front.",
  control: "plain",
  servers: [
    {
      name: "plain",
      title: "plain ultimate-express",
      entry: new URL("./plain.ts", import.meta.url),
    },
    { name: "rollcage", title: "express", entry: new URL("./rollcage.ts", import.meta.url) },
    {
      name: "guarded",
      title: "express, guarded",
      entry: new URL("./rollcage.ts", import.meta.url),
      env: { GUARD: "1" },
    },
  ],
  loads: [
    httpLoad({
      name: "hello",
      title: "hello",
      path: "/hello",
      check({ status, body }) {
        assert.equal(status, 200);
        assert.equal(body.toString(), "hello");
      },
    }),
    httpLoad({
      name: "echo",
      title: "POST of JSON, parsed and sent back",
      path: "/echo",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(widget),
      check({ status, body }) {
        assert.equal(status, 200);
        assert.deepEqual(JSON.parse(body.toString()), widget);
      },
    }),
    httpLoad({
      name: "file",
      title: "a file of 10 KB",
      path: "/files/10k.txt",
      check({ status, body }) {
        assert.equal(status, 200);
        assert.equal(body.length, FILE_BYTES);
      },
    }),
  ],
});
export default suite;
