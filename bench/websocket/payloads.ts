export type PayloadName = "small" | "snapshot";

/** What is published: the same in every server, so that every subscriber gets the same message. */
export const payloads: Readonly<Record<PayloadName, string>> = {
  small: JSON.stringify({
    room: "lobby",
    from: "ada",
    text: "hello, how are you today?",
    at: 1_700_000_000,
  }),
  snapshot: JSON.stringify(
    Array.from({ length: 440 }, (_, id) => ({
      id,
      host: `node-${id % 40}.example.net`,
      // Without a pattern that would compress better than real numbers do.
      cpuPercent: Math.round((((id + 1) * 7_919) % 1_000) * 0.7) / 10,
      rssBytes: 50_000_000 + (((id + 1) * 104_729) % 99_999_989),
      healthy: id % 17 !== 0,
    })),
  ),
};

export const TOPIC = "bench";

/** A client says `echo`, `subscribe`, or the name of what is to be published. */
export function isPayloadName(text: string): text is PayloadName {
  return Object.hasOwn(payloads, text);
}
