import assert from "node:assert/strict";
import { brotliDecompressSync } from "node:zlib";
import { WebSocket } from "ws";
import type { Load, Target } from "../frame/suite.ts";
import { forkGenerator } from "../generators/forked.ts";
import type { FanOutPlan } from "./fan-out.ts";
import { payloads, type PayloadName } from "./payloads.ts";
import { type DialectName, dialects, type Dialect } from "./plain-client.ts";

const SUBSCRIBERS = 500;

/** One publisher, many subscribers; a unit is a message delivered to one of them. */
export function fanOutLoad(payload: PayloadName, dialect: DialectName): Load {
  return {
    name: `${payload}-${dialect}`,
    title: `${payload === "small" ? "80 bytes" : "41 KB"} to ${SUBSCRIBERS} subscribers, ${dialect}`,
    unit: "delivery",
    verify: async (target) => verify(target, payload, dialects[dialect]),
    prepare: async ({ host, port }, { maxConnections }) => {
      const subscribers = Math.min(SUBSCRIBERS, maxConnections);
      const plan: FanOutPlan = { host, port, dialect, payload, subscribers };
      return forkGenerator(new URL("./fan-out.ts", import.meta.url), plan);
    },
  };
}

/** An independent client subscribes and publishes, and must get the very message. */
async function verify(
  { host, port }: Target,
  payload: PayloadName,
  dialect: Dialect,
): Promise<void> {
  const socket = new WebSocket(`ws://${host}:${port}${dialect.path}`, [...dialect.protocols]);
  try {
    const text = await new Promise<string>((resolve, reject) => {
      const begin = (): void => {
        socket.send(dialect.command("subscribe"));
        socket.send(dialect.command(payload));
      };
      socket.on("error", reject);
      if (dialect.greeting === undefined) socket.on("open", begin);
      socket.on("message", (data: Buffer, isBinary: boolean) => {
        const message = isBinary
          ? brotliDecompressSync(data.subarray(1)).toString()
          : data.toString();
        if (message.startsWith("0{")) socket.send(dialect.greeting ?? "");
        else if (message.startsWith("40{")) begin();
        else
          resolve(
            message.startsWith("42") ? (JSON.parse(message.slice(2)) as string[])[1]! : message,
          );
      });
    });
    assert.equal(text, payloads[payload]);
  } finally {
    socket.terminate();
  }
}
