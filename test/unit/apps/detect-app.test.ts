import { createServer } from "node:http";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { adoptsSockets, detectApp } from "../../../src/apps/detect-app.ts";
import { express } from "../../../src/index.ts";

const require = createRequire(import.meta.url);

describe("detectApp", () => {
  it.each([
    ["an app of this package", () => express({ threads: 0 }), "uws"],
    ["an http.Server", () => createServer(), "node-http"],
    ["Express 5", () => require("express")(), "node-http"],
    ["Express 4", () => require("express4")(), "node-http"],
    ["Koa", () => new (require("koa"))(), "node-http"],
    ["Connect", () => require("connect")(), "node-http"],
    ["Fastify", () => require("fastify")(), "node-http"],
    ["a request handler", () => () => {}, "node-http"],
    ["what has listen", () => ({ listen: () => {} }), "listener"],
  ])("knows %s", (_name, create, kind) => {
    expect(detectApp(create())).toBe(kind);
  });

  it.each([[null], [undefined], [{}], [42], ["app"], [{ listen: 3_000 }]])("refuses %j", (app) => {
    expect(() => detectApp(app)).toThrow(
      expect.objectContaining({ code: "ERR_ROLLCAGE_APP_UNSUPPORTED" }),
    );
  });
});

describe("adoptsSockets", () => {
  const listening = { listen: () => {}, listen_unix: () => {} };

  it.each([
    ["an app of this package", () => express({ threads: 0 }), true],
    ["an http.Server", () => createServer(), true],
    ["a native app that can", () => ({ ...listening, adoptSocket: () => {} }), true],
    ["a native app of an old binary", () => listening, false],
    ["a framework on an old binary", () => ({ uwsApp: listening, listen: () => {} }), false],
    ["what can only listen", () => ({ listen: () => {} }), false],
  ])("tells of %s", (_name, create, expected) => {
    expect(adoptsSockets(create())).toBe(expected);
  });
});
