/** The first request head of a connection, already checked. */
export interface RequestHead {
  readonly method: string;
  /** Target with the query; of an absolute-form target, the part behind the authority. */
  readonly path: string;
  readonly httpVersion: "1.0" | "1.1";
  /** The `Host` header, or the authority of an absolute-form target, which overrules it (RFC 9112, 3.2.2). */
  readonly host: string | undefined;
  /** Names in lower case, repeated ones joined as in `node:http`. No prototype. Read anew each time. */
  readonly headers: Readonly<Record<string, string>>;
  /** The head as it was sent, one character per byte, with the empty line. */
  readonly rawHead: string;
}

/** Why a head is answered with 400. */
export type HeadProblem =
  | "bare-line-feed"
  | "bad-request-line"
  | "bad-method"
  | "bad-target"
  | "bad-version"
  | "folded-line"
  | "bad-header-name"
  | "bad-header-value"
  | "several-hosts"
  | "missing-host"
  | "several-content-lengths"
  | "bad-content-length"
  | "several-transfer-encodings"
  | "bad-transfer-encoding"
  | "content-length-with-transfer-encoding";

/** What µWebSockets cannot serve, and the primary has to put into other words for it. */
export type Translation = "http1.0" | "absolute-form" | "options-asterisk";

export interface ParsedHead {
  readonly head: RequestHead;
  readonly translate: Translation | undefined;
  readonly headerLines: number;
}

const TOKEN = 1;
const FIELD_VALUE = 2;
const TARGET = 4;

/** What each byte may be part of: a table lookup per byte is all that checking a head costs. */
const byteClass = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const visible = byte > 0x20 && byte !== 0x7f;
  if (visible || byte === 0x20 || byte === 0x09) byteClass[byte]! |= FIELD_VALUE;
  if (visible) byteClass[byte]! |= TARGET;
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte))) byteClass[byte]! |= TOKEN;
}

const isOfClass = (byte: number | undefined, wanted: number): boolean =>
  byte !== undefined && (byteClass[byte]! & wanted) !== 0;

/** Whether a method or a header name may hold this byte; the end of the bytes may not. */
export const isTokenByte = (byte: number | undefined): boolean => isOfClass(byte, TOKEN);

/** Of `host`, `content-length` and `transfer-encoding`: no other name is cut out of the head. */
const framingNameLengths: ReadonlySet<number> = new Set([4, 14, 17]);

/** Fields that decide where a request ends and whom it is for. */
interface Framing {
  hosts: number;
  host: string | undefined;
  contentLengths: number;
  contentLength: string;
  transferEncodings: number;
  transferEncoding: string;
}

/**
 * Checks a whole head, `bytes` up to and with the empty line, whose every line already ends in CR LF.
 *
 * Every server behind has its own idea of what to do with an ambiguous head. What two of them could read
 * differently is refused here, so that it cannot be used to smuggle a request past one of them.
 */
export function parseHead(bytes: Uint8Array, rawHead: string): ParsedHead | HeadProblem {
  const line = parseRequestLine(bytes, rawHead);
  if (typeof line === "string") return line;
  const framing: Framing = {
    hosts: 0,
    host: undefined,
    contentLengths: 0,
    contentLength: "",
    transferEncodings: 0,
    transferEncoding: "",
  };
  const end = rawHead.length - 2;
  let headerLines = 0;
  for (let at = line.end; at < end; headerLines++) {
    const next = parseHeaderLine(bytes, rawHead, at, framing);
    if (typeof next === "string") return next;
    at = next;
  }
  const problem = framingProblem(framing, line.httpVersion);
  if (problem !== undefined) return problem;
  const target = resolveTarget(line.method, line.target);
  if (target === undefined) return "bad-target";
  return {
    head: new ParsedRequestHead(line, target.path, target.authority ?? framing.host, rawHead),
    translate: line.httpVersion === "1.0" ? "http1.0" : target.translate,
    headerLines,
  };
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: "1.0" | "1.1";
  /** Where the first header line begins. */
  readonly end: number;
}

function parseRequestLine(bytes: Uint8Array, rawHead: string): RequestLine | HeadProblem {
  let at = 0;
  while (isTokenByte(bytes[at])) at++;
  if (bytes[at] !== 0x20) return "bad-method";
  const targetAt = at + 1;
  at = targetAt;
  while (isOfClass(bytes[at], TARGET)) at++;
  if (at === targetAt || bytes[at] !== 0x20) return "bad-request-line";
  if (!rawHead.startsWith("HTTP/", at + 1)) return "bad-request-line";
  const newest = rawHead.startsWith("HTTP/1.1\r\n", at + 1);
  if (!newest && !rawHead.startsWith("HTTP/1.0\r\n", at + 1)) return "bad-version";
  return {
    method: rawHead.slice(0, targetAt - 1),
    target: rawHead.slice(targetAt, at),
    httpVersion: newest ? "1.1" : "1.0",
    end: at + 11,
  };
}

/** Returns where the next line begins. */
function parseHeaderLine(
  bytes: Uint8Array,
  rawHead: string,
  start: number,
  framing: Framing,
): number | HeadProblem {
  let at = start;
  while (isTokenByte(bytes[at])) at++;
  const nameEnd = at;
  if (at === start) {
    return bytes[at] === 0x20 || bytes[at] === 0x09 ? "folded-line" : "bad-header-name";
  }
  if (bytes[at] !== 0x3a) return "bad-header-name";
  at++;
  while (isOfClass(bytes[at], FIELD_VALUE)) at++;
  // The first byte that no value may hold must be the line's own end.
  if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) return "bad-header-value";
  if (framingNameLengths.has(nameEnd - start)) {
    const name = rawHead.slice(start, nameEnd).toLowerCase();
    noteFraming(name, trimSpaces(rawHead.slice(nameEnd + 1, at)), framing);
  }
  return at + 2;
}

function noteFraming(name: string, value: string, framing: Framing): void {
  if (name === "host") {
    framing.hosts++;
    framing.host = value;
  } else if (name === "content-length") {
    framing.contentLengths++;
    framing.contentLength = value;
  } else if (name === "transfer-encoding") {
    framing.transferEncodings++;
    framing.transferEncoding = value.toLowerCase();
  }
}

function framingProblem(framing: Framing, httpVersion: "1.0" | "1.1"): HeadProblem | undefined {
  if (framing.hosts > 1) return "several-hosts";
  if (framing.hosts === 0 && httpVersion === "1.1") return "missing-host";
  if (framing.contentLengths > 1) return "several-content-lengths";
  // 15 digits stay below 2^53; nobody means more.
  if (framing.contentLengths > 0 && !/^\d{1,15}$/.test(framing.contentLength)) {
    return "bad-content-length";
  }
  if (framing.transferEncodings === 0) return undefined;
  if (framing.contentLengths > 0) return "content-length-with-transfer-encoding";
  if (framing.transferEncodings > 1) return "several-transfer-encodings";
  // HTTP/1.0 has no chunks, and without them as the last coding nobody knows where the body ends.
  if (httpVersion === "1.0" || !/(?:^|,[ \t]*)chunked$/.test(framing.transferEncoding)) {
    return "bad-transfer-encoding";
  }
  return undefined;
}

interface Target {
  readonly path: string;
  readonly authority: string | undefined;
  readonly translate: Translation | undefined;
}

function resolveTarget(method: string, target: string): Target | undefined {
  if (target.startsWith("/")) return { path: target, authority: undefined, translate: undefined };
  if (method === "CONNECT") return { path: target, authority: undefined, translate: undefined };
  if (target === "*") {
    if (method !== "OPTIONS") return undefined;
    return { path: "*", authority: undefined, translate: "options-asterisk" };
  }
  // No user information: it is for the client's own use and has no place in a request.
  const absolute = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(target);
  if (absolute === null) return undefined;
  const rest = absolute[2] ?? "/";
  return {
    path: rest.startsWith("/") ? rest : `/${rest}`,
    authority: absolute[1],
    translate: "absolute-form",
  };
}

/** A class for the sake of its accessor, which every object of it shares: balancers seldom ask for headers. */
class ParsedRequestHead implements RequestHead {
  readonly method: string;
  readonly path: string;
  readonly httpVersion: "1.0" | "1.1";
  readonly host: string | undefined;
  readonly rawHead: string;
  readonly #headersAt: number;

  constructor(line: RequestLine, path: string, host: string | undefined, rawHead: string) {
    this.method = line.method;
    this.path = path;
    this.httpVersion = line.httpVersion;
    this.host = host;
    this.rawHead = rawHead;
    this.#headersAt = line.end;
  }

  get headers(): Record<string, string> {
    return readHeaders(this.rawHead, this.#headersAt);
  }
}

function readHeaders(rawHead: string, start: number): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  const end = rawHead.length - 2;
  for (let at = start; at < end;) {
    const colon = rawHead.indexOf(":", at);
    const lineEnd = rawHead.indexOf("\r\n", colon);
    const name = rawHead.slice(at, colon).toLowerCase();
    const value = trimSpaces(rawHead.slice(colon + 1, lineEnd));
    const earlier = headers[name];
    const separator = name === "cookie" ? "; " : ", ";
    headers[name] = earlier === undefined ? value : earlier + separator + value;
    at = lineEnd + 2;
  }
  return headers;
}

/** Optional whitespace around a field value is SP and HTAB only; `trim` would take more. */
function trimSpaces(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;
