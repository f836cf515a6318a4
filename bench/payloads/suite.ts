import assert from "node:assert/strict";
import { parse, stringify } from "devalue";
import { defineSuite, type Load, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";
import { complexObject, large, medium, publish, small } from "./data.ts";
import { CONTENT_TYPE } from "./routes.ts";

const entry = (file: string): URL => new URL(file, import.meta.url);

interface PayloadOptions {
  readonly path: string;
  readonly send?: unknown;
  readonly expected: unknown;
}

function payload(name: string, title: string, { path, send, expected }: PayloadOptions): Load {
  const body = send === undefined ? undefined : stringify(send);
  return httpLoad({
    name,
    title: body === undefined ? title : `${title}, ${Math.ceil(body.length / 1_024)} KB`,
    path,
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": CONTENT_TYPE },
    body,
    connections: 100,
    check({ status, body: answer }) {
      assert.equal(status, 200);
      assert.deepEqual(parse(answer.toString()), expected);
    },
  });
}

const suite: Suite = defineSuite({
  name: "payloads",
  title: "Typed payloads",
  about:
    "Dates, Maps, Sets, RegExps, BigInts and bytes, through `devalue` in both directions: mostly the work of the " +
    "application, as in most real servers. Balanced by `resourceAwareLoadBalancer`; the control runs the same " +
    "handlers on `node:cluster` and Express 5.",
  control: "node-cluster",
  servers: [
    {
      name: "node-cluster",
      title: "node:cluster, Express 5",
      entry: entry("./node-cluster.ts"),
      isPeer: true,
    },
    { name: "rollcage", title: "rollcage", entry: entry("./rollcage.ts") },
  ],
  loads: [
    payload("generate", "generate a complex object", {
      path: "/generate",
      expected: complexObject,
    }),
    payload("echo-small", "echo 3 fields", { path: "/echo", send: small, expected: small }),
    payload("echo-medium", "echo 100 users", { path: "/echo", send: medium, expected: medium }),
    payload("echo-large", "echo 500 records with bytes", {
      path: "/echo",
      send: large,
      expected: large,
    }),
    payload("transform", "transform 100 users", {
      path: "/transform",
      send: medium,
      expected: medium.map(publish),
    }),
  ],
  profile: { warmUpMs: 3_000, durationMs: 10_000 },
});
export default suite;
