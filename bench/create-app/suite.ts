import assert from "node:assert/strict";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";

const server = (name: string, title: string, env: Record<string, string> = {}): ServerSpec => ({
  name,
  title,
  entry: new URL(`./${name.split("-")[0]}.ts`, import.meta.url),
  env,
});

const suite: Suite = defineSuite({
  name: "create-app",
  title: "What createApp costs",
  about:
    "Saying hello in one process: a handler of µWebSockets.js itself, and the route of an app without and with two " +
    "plugins that look at every request.",
  control: "raw",
  servers: [
    server("raw", "raw µWS"),
    server("app", "createApp"),
    server("app-plugins", "createApp, two plugins", { PLUGINS: "2" }),
  ],
  loads: [
    httpLoad({
      name: "hello",
      title: "hello",
      path: "/",
      check({ status, body }) {
        assert.equal(status, 200);
        assert.equal(body.toString(), "hello");
      },
    }),
  ],
});
export default suite;
