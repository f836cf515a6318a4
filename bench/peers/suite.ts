import assert from "node:assert/strict";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";
import { answerUser, order } from "./answer.ts";

const peer = (name: string, title: string): ServerSpec => ({
  name,
  title,
  isPeer: true,
  entry: new URL(`./${name}.ts`, import.meta.url),
});

const suite: Suite = defineSuite({
  name: "peers",
  title: "Beside what you would use instead",
  about:
    "The same two routes, one process per core, in each framework's own way. ultimate-express and hyper-express run " +
    "on the same µWebSockets.js as rollcage, unsupervised, with `SO_REUSEPORT`.",
  control: "express5",
  servers: [
    peer("express5", "node:cluster, Express 5"),
    peer("pm2", "PM2 cluster mode, Express 5"),
    peer("fastify", "node:cluster, Fastify"),
    peer("node-http", "node:cluster, node:http"),
    peer("hyper-express", "hyper-express 6, unsupervised"),
    peer("ultimate-express", "ultimate-express, unsupervised"),
    { ...peer("rollcage", "rollcage, Express app"), isPeer: undefined },
    { ...peer("created-app", "rollcage, createApp"), isPeer: undefined },
  ],
  loads: [
    httpLoad({
      name: "json",
      title: "GET with a parameter, JSON answer",
      path: "/user/1815",
      check({ status, body }) {
        assert.equal(status, 200);
        assert.deepEqual(JSON.parse(body.toString()), answerUser("1815"));
      },
    }),
    httpLoad({
      name: "echo",
      title: "POST of 1 KB of JSON, parsed and sent back",
      path: "/echo",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
      check({ status, body }) {
        assert.equal(status, 200);
        assert.deepEqual(JSON.parse(body.toString()), order);
      },
    }),
  ],
});
export default suite;
