/** Messages may be compressed with brotli; `rollcage.br.1+chat` is the same around the protocol `chat`. */
const BROTLI = "rollcage.br.1";

/** What a client of ours offers first when it has no protocol of its own. */
const PLAIN = "rollcage.plain";

export interface Negotiated {
  /** For `Sec-WebSocket-Protocol`; empty to choose none. */
  readonly answer: string;
  readonly isBrotli: boolean;
}

/**
 * Chooses a subprotocol.
 *
 * @param offered The client's `Sec-WebSocket-Protocol`.
 * @param chosen What the application chose: one protocol, or the whole list, which means the first that is not ours.
 */
export function negotiateProtocol(offered: string, chosen: string, brotli: boolean): Negotiated {
  const offers = listOf(offered);
  const own = listOf(chosen).find((protocol) => !isOurs(protocol)) ?? "";
  if (brotli) {
    const framed = own === "" ? BROTLI : `${BROTLI}+${own}`;
    if (offers.includes(framed)) return { answer: framed, isBrotli: true };
    // A client that knows the framing but not the combined name; an explicit choice goes before it.
    if (chosen === offered && offers.includes(BROTLI)) return { answer: BROTLI, isBrotli: true };
  }
  if (own === "" && offers.includes(PLAIN)) return { answer: PLAIN, isBrotli: false };
  return { answer: own, isBrotli: false };
}

function listOf(header: string): string[] {
  return header
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");
}

function isOurs(protocol: string): boolean {
  return protocol === PLAIN || protocol === BROTLI || protocol.startsWith(`${BROTLI}+`);
}
