import { SIGNATURE } from "../internal/proxy-protocol.ts";
import { parseClientHello, startsTls } from "./client-hello.ts";
import {
  isTokenByte,
  parseHead,
  type HeadProblem,
  type RequestHead,
  type Translation,
} from "./request-head.ts";

export interface InspectionLimits {
  /** Largest head, with its empty line. */
  readonly maxHeaderBytes: number;
  /** Most header lines, the request line not among them. µWebSockets takes 98. */
  readonly maxHeaderLines: number;
}

export type Inspection =
  | {
      readonly kind: "incomplete";
      readonly protocol: "http1" | "tls" | "unknown";
      /** How far the search for the end has come: pass it to the next call on the longer bytes. */
      readonly scannedBytes: number;
    }
  | CompleteInspection;

/** What the bytes are, once there are enough of them. */
export type CompleteInspection =
  | {
      readonly kind: "http1";
      readonly head: RequestHead;
      readonly headBytes: number;
      readonly translate: Translation | undefined;
    }
  | {
      readonly kind: "tls";
      readonly serverName: string | undefined;
      readonly alpn: readonly string[];
    }
  | {
      readonly kind: "unknown";
      /** What is wrong with it, should it be meant as HTTP all the same. */
      readonly problem?: HeadProblem;
    }
  | { readonly kind: "refused"; readonly status: 400; readonly reason: HeadProblem }
  | {
      readonly kind: "refused";
      readonly status: 431;
      readonly reason: "head-too-large" | "too-many-header-lines";
    }
  | { readonly kind: "proxy-protocol" };

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;

/** No method registered or in use is half as long. */
const MAX_METHOD_BYTES = 32;

const PROXY_V1 = Buffer.from("PROXY ");
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n");

/**
 * Says what the first bytes of a connection are, without any state of its own.
 *
 * Bytes that came in pieces are inspected again from the start, all of them each time. Only the search
 * for the end of the head goes on from `scannedBytes`, and nothing is parsed before the end is found, so
 * that a client that sends single bytes costs no more than its bytes.
 *
 * The HTTP/2 preface is `unknown`, not refused: an `http2` server behind a proxy can answer it, and
 * any other server's own answer says what it does speak.
 *
 * @param scannedBytes What the last call on this connection returned; 0 at first.
 */
export function inspect(bytes: Uint8Array, limits: InspectionLimits, scannedBytes = 0): Inspection {
  if (startsTls(bytes)) {
    const hello = parseClientHello(bytes, limits.maxHeaderBytes);
    return hello === undefined ? incomplete("tls", 0) : { kind: "tls", ...hello };
  }
  return inspectOpening(bytes) ?? inspectHead(bytes, limits, scannedBytes);
}

const incomplete = (protocol: "http1" | "tls" | "unknown", scannedBytes: number): Inspection => ({
  kind: "incomplete",
  protocol,
  scannedBytes,
});

const unknown: Inspection = { kind: "unknown" };

/** A word and a line end: the command of some other protocol, or a request line without a target. */
const lonelyWord: Inspection = { kind: "unknown", problem: "bad-request-line" };

const badRequest = (reason: HeadProblem): Inspection => ({ kind: "refused", status: 400, reason });

/** Decides by the first few bytes alone; `undefined` if they are a method and a space. */
function inspectOpening(bytes: Uint8Array): Inspection | undefined {
  if (bytes.length === 0) return incomplete("unknown", 0);
  if (bytes[0] === CR || bytes[0] === LF) return inspectLineEnd(bytes);
  let at = 0;
  while (at <= MAX_METHOD_BYTES && isTokenByte(bytes[at])) at++;
  if (at === 0 || at > MAX_METHOD_BYTES) return unknown;
  if (at === bytes.length) return incomplete("http1", 0);
  if (bytes[at] === SP) return inspectFirstWord(bytes);
  return inspectWordEnd(bytes, at);
}

/** A word that no space follows. */
function inspectWordEnd(bytes: Uint8Array, at: number): Inspection {
  const byte = bytes[at]!;
  if (byte === CR || byte === LF) return isWord(bytes, at) ? lonelyWord : unknown;
  // A printable character in a would-be method is a mistake in text, anything else another protocol.
  return byte > SP && byte < 0x7f ? badRequest("bad-method") : unknown;
}

function inspectFirstWord(bytes: Uint8Array): Inspection | undefined {
  if (startsWith(bytes, PROXY_V1)) return { kind: "proxy-protocol" };
  return startsWith(bytes, HTTP2_PREFACE) ? unknown : undefined;
}

/** An empty line is no request line, but it may be the signature of PROXY protocol version 2. */
function inspectLineEnd(bytes: Uint8Array): Inspection {
  if (!startsWith(SIGNATURE, bytes.subarray(0, SIGNATURE.length)))
    return badRequest("bad-request-line");
  // Waits as a head does, not as an unknown protocol: nothing that may be a signature goes on.
  return bytes.length < SIGNATURE.length ? incomplete("http1", 0) : { kind: "proxy-protocol" };
}

function inspectHead(
  bytes: Uint8Array,
  limits: InspectionLimits,
  scannedBytes: number,
): Inspection {
  const end = findEnd(bytes, Math.min(bytes.length, limits.maxHeaderBytes), scannedBytes);
  if (end === "bare-line-feed") return badRequest(end);
  if (end === undefined) {
    if (bytes.length < limits.maxHeaderBytes) return incomplete("http1", bytes.length);
    return { kind: "refused", status: 431, reason: "head-too-large" };
  }
  const rawHead = toBuffer(bytes).toString("latin1", 0, end);
  const parsed = parseHead(bytes, rawHead);
  if (typeof parsed === "string") return badRequest(parsed);
  if (parsed.headerLines > limits.maxHeaderLines) {
    return { kind: "refused", status: 431, reason: "too-many-header-lines" };
  }
  return { kind: "http1", head: parsed.head, headBytes: end, translate: parsed.translate };
}

/** Where the head ends, behind its empty line. Every line feed on the way must follow a carriage return. */
function findEnd(
  bytes: Uint8Array,
  length: number,
  scannedBytes: number,
): number | "bare-line-feed" | undefined {
  let at = bytes.indexOf(LF, scannedBytes);
  while (at !== -1 && at < length) {
    if (bytes[at - 1] !== CR) return "bare-line-feed";
    if (bytes[at - 2] === LF) return at + 1;
    at = bytes.indexOf(LF, at + 1);
  }
  return undefined;
}

/** Letters only. */
function isWord(bytes: Uint8Array, length: number): boolean {
  return /^[a-z]+$/i.test(toBuffer(bytes).toString("latin1", 0, length));
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}
