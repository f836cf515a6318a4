import { describe, expect, it } from "vitest";
import { negotiateProtocol } from "../../../../safety/websocket/protocol.ts";
import { offeredProtocols, parseAnswer } from "../../../../client/frame.ts";

const whole = (offers: readonly string[]): [string, string] => {
  const header = offers.join(", ");
  return [header, header];
};

describe("negotiateProtocol", () => {
  it.each([
    ["nothing offered", "", "", { answer: "", isBrotli: false }],
    ["brotli alone", "rollcage.br.1", "rollcage.br.1", { answer: "rollcage.br.1", isBrotli: true }],
    ["the first of several", "a, b", "a, b", { answer: "a", isBrotli: false }],
    ["an explicit choice", "a, b", "b", { answer: "b", isBrotli: false }],
    [
      "an explicit choice of a client that also offers it inside brotli",
      "a, b, rollcage.br.1+a, rollcage.br.1+b, rollcage.br.1",
      "b",
      { answer: "rollcage.br.1+b", isBrotli: true },
    ],
    [
      "an explicit choice of a client that does not",
      "a, rollcage.br.1",
      "a",
      { answer: "a", isBrotli: false },
    ],
    [
      "odd spacing",
      " a ,rollcage.br.1",
      " a ,rollcage.br.1",
      { answer: "rollcage.br.1", isBrotli: true },
    ],
  ])("handles %s", (_what, offered, chosen, expected) => {
    expect(negotiateProtocol(offered, chosen, true)).toEqual(expected);
  });

  it("answers a client of ours so that a browser keeps the connection, with the codec and without", () => {
    for (const own of [[], ["chat"]]) {
      const offers = offeredProtocols(own);
      for (const brotli of [true, false]) {
        const { answer, isBrotli } = negotiateProtocol(...whole(offers), brotli);
        expect(offers).toContain(answer);
        expect(isBrotli).toBe(brotli);
        expect(parseAnswer(answer)).toEqual({ protocol: own[0] ?? "", isFramed: brotli });
      }
    }
  });
});
