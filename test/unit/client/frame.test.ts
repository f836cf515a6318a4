import { describe, expect, it } from "vitest";
import { offeredProtocols, parseAnswer, parseFrame } from "../../../client/frame.ts";

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

describe("parseFrame", () => {
  it.each([
    [0, { isText: false, isCompressed: false }],
    [1, { isText: true, isCompressed: true }],
    [2, { isText: false, isCompressed: true }],
  ])("reads the kind %i and keeps the rest as payload", (kind, expected) => {
    expect(parseFrame(bytes(kind, 7, 8))).toMatchObject({
      ...expected,
      payload: new Uint8Array([7, 8]),
    });
  });

  it("accepts an empty payload", () => {
    expect(parseFrame(bytes(0))?.payload.byteLength).toBe(0);
  });

  it.each([
    ["an empty frame", bytes()],
    ["an unknown kind", bytes(3, 1)],
  ])("refuses %s", (_what, frame) => {
    expect(parseFrame(frame)).toBeUndefined();
  });
});

describe("offeredProtocols", () => {
  it("puts a protocol without meaning first, so that a server that takes the first promises nothing", () => {
    expect(offeredProtocols([])).toEqual(["rollcage.plain", "rollcage.br.1"]);
  });

  it("offers each protocol of the page alone and inside brotli", () => {
    expect(offeredProtocols(["chat", "log"])).toEqual([
      "chat",
      "log",
      "rollcage.br.1+chat",
      "rollcage.br.1+log",
      "rollcage.br.1",
    ]);
  });

  it("leaves a page's own protocol twice where it is, for WebSocket to refuse", () => {
    expect(offeredProtocols(["chat", "chat"]).slice(0, 2)).toEqual(["chat", "chat"]);
  });

  it("names nothing else twice, which WebSocket would refuse", () => {
    expect(offeredProtocols(["rollcage.br.1"])).toEqual([
      "rollcage.br.1",
      "rollcage.br.1+rollcage.br.1",
    ]);
  });
});

describe("parseAnswer", () => {
  it.each([
    ["", { protocol: "", isFramed: false }],
    ["rollcage.plain", { protocol: "", isFramed: false }],
    ["chat", { protocol: "chat", isFramed: false }],
    ["rollcage.br.1", { protocol: "", isFramed: true }],
    ["rollcage.br.1+chat", { protocol: "chat", isFramed: true }],
    ["rollcage.br.10", { protocol: "rollcage.br.10", isFramed: false }],
  ])("understands %j", (answer, expected) => {
    expect(parseAnswer(answer)).toEqual(expected);
  });
});
