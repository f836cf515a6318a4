/** Spoken by servers that send brotli messages. `rollcage.br.1+chat` is the same around the protocol `chat`. */
const BROTLI_PROTOCOL = "rollcage.br.1";

/**
 * Offered first when the page asks for no protocol of its own. Many servers accept whatever comes
 * first without knowing it; this one means nothing, so that such an answer is no promise.
 */
const PLAIN_PROTOCOL = "rollcage.plain";

/** What one message is, and whether it must be decoded. */
export interface Frame {
  readonly isText: boolean;
  readonly isCompressed: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** First byte of a binary frame. */
const BINARY = 0;
const BROTLI_TEXT = 1;
const BROTLI_BINARY = 2;

/** @returns `undefined` when the first byte means nothing in this protocol. */
export function parseFrame(data: ArrayBuffer): Frame | undefined {
  if (data.byteLength === 0) return undefined;
  const kind = new Uint8Array(data, 0, 1)[0];
  const payload = new Uint8Array(data, 1);
  if (kind === BINARY) return { isText: false, isCompressed: false, payload };
  if (kind === BROTLI_TEXT) return { isText: true, isCompressed: true, payload };
  if (kind === BROTLI_BINARY) return { isText: false, isCompressed: true, payload };
  return undefined;
}

/** What to offer for the page's own protocols, each of them also with brotli around it. */
export function offeredProtocols(own: readonly string[]): string[] {
  const first = own.length === 0 ? [PLAIN_PROTOCOL] : own;
  const wrapped = own.map((protocol) => `${BROTLI_PROTOCOL}+${protocol}`);
  // What the page itself names twice stays so: WebSocket refuses it, and shall do so at once.
  const ours = new Set([...wrapped, BROTLI_PROTOCOL]);
  return [...first, ...[...ours].filter((protocol) => !own.includes(protocol))];
}

/** What the server's answer means: the page's own protocol, and whether messages are framed. */
export function parseAnswer(answer: string): { protocol: string; isFramed: boolean } {
  if (answer === PLAIN_PROTOCOL) return { protocol: "", isFramed: false };
  if (answer === BROTLI_PROTOCOL) return { protocol: "", isFramed: true };
  const prefix = `${BROTLI_PROTOCOL}+`;
  return answer.startsWith(prefix)
    ? { protocol: answer.slice(prefix.length), isFramed: true }
    : { protocol: answer, isFramed: false };
}
