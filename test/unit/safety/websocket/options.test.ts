import { describe, expect, it } from "vitest";
import { resolveWebSocketConfig } from "../../../../safety/websocket/options.ts";

describe("resolveWebSocketConfig", () => {
  it("has the documented defaults", () => {
    expect(resolveWebSocketConfig({})).toEqual({
      codec: "none",
      threshold: 1_400,
      onBackpressure: "close",
      maxWaitingBytes: 1_048_576,
      maxPayloadLength: 1_048_576,
      idleTimeout: 120,
      maxLifetime: 0,
      sendPingsAutomatically: true,
    });
  });

  it("compresses with deflate unless another codec is named", () => {
    expect(resolveWebSocketConfig({ compression: {} }).codec).toBe("deflate");
    expect(resolveWebSocketConfig({ compression: { codec: "brotli" } }).codec).toBe("brotli");
    expect(resolveWebSocketConfig({ compression: false }).codec).toBe("none");
  });

  it("lets more wait where messages are to be queued, never less", () => {
    expect(resolveWebSocketConfig({ onBackpressure: "queue" }).maxWaitingBytes).toBe(8_388_608);
    expect(
      resolveWebSocketConfig({
        onBackpressure: "queue",
        maxBackpressure: 3_000,
        maxQueuedBytes: 2_000,
      }).maxWaitingBytes,
    ).toBe(3_000);
  });

  it.each([
    [{ idleTimeout: 7 }, "Expected idleTimeout to be an integer from 8 to 960, got 7"],
    [{ idleTimeout: 961 }, "Expected idleTimeout to be an integer from 8 to 960, got 961"],
    [{ maxLifetime: 241 }, "Expected maxLifetime to be an integer from 0 to 240, got 241"],
    [
      { maxPayloadLength: 0 },
      "Expected maxPayloadLength to be an integer from 1 to 2147483647, got 0",
    ],
    [
      { maxBackpressure: 0 },
      "Expected maxBackpressure to be an integer from 1 to 2147483648, got 0",
    ],
    [{ compression: { threshold: 1.5 } }, "Expected compression.threshold to be an integer"],
    [
      { onBackpressure: "wait" as "close" },
      "Expected onBackpressure to be one of close, drop, queue, got wait",
    ],
    [{ compression: 257 as never }, "Expected compression to be { codec, threshold } or false"],
    [
      { compression: "brotli" as never },
      "Expected compression to be { codec, threshold } or false",
    ],
    [{ compression: { codec: "zip" as "none" } }, "Expected compression.codec to be one of"],
  ])("refuses %o, for which µWS would end the process or do something else", (limits, message) => {
    expect(() => resolveWebSocketConfig(limits)).toThrow(message);
  });

  it.each([
    [{ idleTimeout: 0 }],
    [{ idleTimeout: 8 }],
    [{ idleTimeout: 960 }],
    [{ maxLifetime: 240 }],
  ])("accepts %o", (limits) => {
    expect(resolveWebSocketConfig(limits)).toMatchObject(limits);
  });
});
