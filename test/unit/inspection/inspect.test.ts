import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect, type Inspection } from "../../../src/inspection/inspect.ts";

const limits = { maxHeaderBytes: 1024, maxHeaderLines: 98 };
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const inspectText = (text: string): Inspection => inspect(bytesOf(text), limits);

const withLines = (lines: number): Inspection =>
  inspectText(`GET / HTTP/1.1\r\nHost: x\r\n${"a:b\r\n".repeat(lines - 1)}\r\n`);

/** As a transport does it: all bytes so far each time, the scan going on where it stopped. */
function inspectInPieces(bytes: Uint8Array, cuts: readonly number[]): Inspection {
  let scannedBytes = 0;
  for (const cut of [...cuts, bytes.length]) {
    const result = inspect(bytes.subarray(0, cut), limits, scannedBytes);
    if (result.kind !== "incomplete") return result;
    scannedBytes = result.scannedBytes;
  }
  return inspect(bytes, limits, scannedBytes);
}

const plain = (inspection: Inspection): unknown => JSON.parse(JSON.stringify(inspection));

describe("inspect", () => {
  it("reads a whole head and says where it ends", () => {
    const text = "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-A: 1\r\nx-a:\t2 \r\n\r\n";
    expect(inspectText(`${text}GET /next`)).toMatchObject({
      kind: "http1",
      headBytes: text.length,
      translate: undefined,
      head: {
        method: "GET",
        path: "/a?b=c",
        httpVersion: "1.1",
        host: "example.com",
        headers: { host: "example.com", "x-a": "1, 2" },
        rawHead: text,
      },
    });
  });

  it("joins cookies with semicolons and keeps a __proto__ header harmless", () => {
    const result = inspectText(
      "GET / HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nCookie: b=2\r\n__proto__: y\r\n\r\n",
    );
    if (result.kind !== "http1") throw new Error(result.kind);
    expect(result.head.headers["cookie"]).toBe("a=1; b=2");
    expect(Object.getPrototypeOf(result.head.headers)).toBeNull();
    expect(result.head.headers["__proto__"]).toBe("y");
  });

  it("keeps bytes above ASCII as they are", () => {
    const result = inspectText("GET /\xe9 HTTP/1.1\r\nHost: x\r\nX: \xff\r\n\r\n");
    expect(result).toMatchObject({
      kind: "http1",
      head: { path: "/\xe9", headers: { x: "\xff" } },
    });
  });

  it.each([
    ["http1.0", "GET / HTTP/1.0\r\n\r\n", "/", undefined],
    ["http1.0", "GET http://a/b HTTP/1.0\r\nHost: x\r\n\r\n", "/b", "a"],
    ["absolute-form", "GET http://a.b:80/c?d HTTP/1.1\r\nHost: x\r\n\r\n", "/c?d", "a.b:80"],
    ["absolute-form", "GET HTTPS://a?d HTTP/1.1\r\nHost: x\r\n\r\n", "/?d", "a"],
    ["absolute-form", "GET http://a HTTP/1.1\r\nHost: x\r\n\r\n", "/", "a"],
    ["options-asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "*", "x"],
    [undefined, "CONNECT a:443 HTTP/1.1\r\nHost: x\r\n\r\n", "a:443", "x"],
  ] as const)("asks for the translation %s of %j", (translate, text, path, host) => {
    expect(inspectText(text)).toMatchObject({ kind: "http1", translate, head: { path, host } });
  });

  it.each([
    ["bare-line-feed", "GET / HTTP/1.1\nHost: x\n\n"],
    ["bare-line-feed", "GET / HTTP/1.1\r\nHost: x\r\n\n"],
    ["bad-request-line", "GET /\r\n\r\n"],
    ["bad-request-line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-request-line", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-request-line", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-request-line", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-method", "G@T / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-version", "GET / HTTP/1.2\r\nHost: x\r\n\r\n"],
    ["bad-version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"],
    ["bad-version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"],
    ["bad-target", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-target", "GET a HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-target", "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-target", "GET http://user@a/ HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bad-target", "GET ftp://a/ HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["folded-line", "GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n"],
    ["folded-line", "GET / HTTP/1.1\r\n\tHost: x\r\n\r\n"],
    ["bad-header-name", "GET / HTTP/1.1\r\nHost : x\r\n\r\n"],
    ["bad-header-name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"],
    ["bad-header-name", "GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n"],
    ["bad-header-name", "GET / HTTP/1.1\r\nHost: x\r\na\0b: y\r\n\r\n"],
    ["bad-header-value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"],
    ["bad-header-value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc: d\r\n\r\n"],
    ["bad-header-value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f\r\n\r\n"],
    ["several-hosts", "GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n"],
    ["missing-host", "GET / HTTP/1.1\r\nAccept: x\r\n\r\n"],
    [
      "several-content-lengths",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    ],
    ["bad-content-length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n"],
    ["bad-content-length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n"],
    ["bad-content-length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n"],
    [
      "bad-content-length",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999\r\n\r\n",
    ],
    [
      "content-length-with-transfer-encoding",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    [
      "several-transfer-encodings",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["bad-transfer-encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n"],
    [
      "bad-transfer-encoding",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
    ],
    ["bad-transfer-encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n"],
    ["bad-transfer-encoding", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ])("refuses with %s: %j", (reason, text) => {
    expect(inspectText(text)).toEqual({ kind: "refused", status: 400, reason });
  });

  it.each(["gzip, chunked", "Chunked"])("accepts the transfer coding %s", (coding) => {
    const text = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
    expect(inspectText(text).kind).toBe("http1");
  });

  it("takes a head of exactly maxHeaderBytes and refuses one byte more", () => {
    const frame = "GET / HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n";
    const ofSize = (size: number): string =>
      frame.replace("A: ", `A: ${"a".repeat(size - frame.length)}`);
    expect(inspectText(ofSize(1024))).toMatchObject({ kind: "http1", headBytes: 1024 });
    const tooLarge = { kind: "refused", status: 431, reason: "head-too-large" };
    expect(inspectText(ofSize(1025))).toEqual(tooLarge);
    expect(inspectText(ofSize(1025).slice(0, 1024))).toEqual(tooLarge);
    expect(inspectText(ofSize(1025).slice(0, 1023)).kind).toBe("incomplete");
  });

  it("takes maxHeaderLines header lines and refuses one more", () => {
    expect(withLines(98).kind).toBe("http1");
    expect(withLines(99)).toEqual({
      kind: "refused",
      status: 431,
      reason: "too-many-header-lines",
    });
  });

  it.each([
    ["", "unknown"],
    ["G", "http1"],
    ["GET", "http1"],
    ["GET / HT", "http1"],
    ["GET / HTTP/1.1\r\nHost: x\r\n", "http1"],
    ["\r\n\r\n\0\r\nQU", "http1"],
    ["\x16", "tls"],
    ["\x16\x03\x01\x02\x00\x01", "tls"],
  ])("waits for more behind %j, as %s", (text, protocol) => {
    expect(inspectText(text)).toMatchObject({ kind: "incomplete", protocol });
  });

  it.each([
    ["a control byte", "\0\0\0"],
    ["a leading space", " GET / HTTP/1.1\r\n"],
    ["an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a word longer than any method", "A".repeat(33)],
    ["a record type with another version", "\x16\x02"],
  ])("calls %s unknown", (_name, text) => {
    expect(inspectText(text)).toEqual({ kind: "unknown" });
  });

  it.each(["GET\r\n\r\n", "quit\n"])("calls %j unknown, and a bad request line as HTTP", (text) => {
    expect(inspectText(text)).toEqual({ kind: "unknown", problem: "bad-request-line" });
  });

  it.each([
    ["PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n"],
    ["PROXY UNKNOWN\r\n"],
    ["\r\n\r\n\0\r\nQUIT\n\x21\x11"],
  ])("recognises the PROXY protocol in %j", (text) => {
    expect(inspectText(text)).toEqual({ kind: "proxy-protocol" });
  });

  it("comes to the same result however the bytes are cut", () => {
    const heads = fc.constantFrom(
      "GET /a?b HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
      `GET / HTTP/1.1\r\nA: ${"a".repeat(1024)}\r\n\r\n`,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "G@T / HTTP/1.1\r\n\r\n",
      "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
      "\r\n\r\n\0\r\nQUIT\n",
    );
    fc.assert(
      fc.property(heads, fc.array(fc.nat(1100), { maxLength: 6 }), (text, cuts) => {
        const bytes = bytesOf(text);
        const sorted = cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b);
        expect(plain(inspectInPieces(bytes, sorted))).toEqual(plain(inspect(bytes, limits)));
      }),
    );
  });

  it("answers any bytes without throwing, and never accepts a head another reader could see otherwise", () => {
    const piece = fc.constantFrom(
      "GET ",
      "/",
      " HTTP/1.1",
      "\r\n",
      "\n",
      "\r",
      "Host: x",
      ":",
      " ",
      "\0",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "\x16\x03\x01",
      "PROXY ",
      "a",
      "\xff",
    );
    const text = fc.oneof(
      fc.array(piece).map((pieces) => pieces.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const result = inspectText(input);
        if (result.kind !== "http1") return;
        const lines = result.head.rawHead.slice(0, -4).split("\r\n");
        expect(lines.slice(1).every((line) => /^[^\s:]+:[^\r\n\0]*$/.test(line))).toBe(true);
        expect(
          lines.filter((line) => /^(host|content-length|transfer-encoding):/i.test(line)).length,
        ).toBeLessThanOrEqual(2);
      }),
      { numRuns: 2000 },
    );
  });
});
