import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { Load } from "../frame/suite.ts";
import { forkGenerator } from "../generators/forked.ts";
import type { EchoPlan } from "./echo.ts";

const CLIENTS = 64;

/** Small messages, each answered by itself: what the guards around a callback cost. */
export const echoLoad: Load = {
  name: "echo",
  title: `${CLIENTS} clients, each message answered by itself`,
  unit: "message",
  async verify({ host, port }) {
    const socket = new WebSocket(`ws://${host}:${port}/`);
    try {
      await once(socket, "open");
      socket.send("echo");
      const [data] = (await once(socket, "message")) as [Buffer];
      assert.equal(data.toString(), "echo");
    } finally {
      socket.terminate();
    }
  },
  prepare: async ({ host, port }, { maxConnections }) => {
    const plan: EchoPlan = { host, port, clients: Math.min(CLIENTS, maxConnections) };
    return forkGenerator(new URL("./echo.ts", import.meta.url), plan);
  },
};
