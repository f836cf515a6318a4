import { describe, expect, it } from "vitest";
import { parseResponseHead } from "../../../../safety/connect/response-head.ts";

const parse = (text: string) => parseResponseHead(Buffer.from(text, "latin1"));

describe("parseResponseHead", () => {
  it("reads status, headers and where the body begins", () => {
    const text =
      "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nset-cookie: a=b: c\r\nSet-Cookie: d\r\n\r\nbody";
    expect(parse(text)).toEqual({
      status: 404,
      statusLine: "404 Not Found",
      headers: ["X-A", "1", "set-cookie", "a=b: c", "Set-Cookie", "d"],
      contentLength: undefined,
      isLast: false,
      length: text.length - 4,
    });
  });

  it.each(["utf8", "latin1"] as const)("reads letters that Node wrote in %s", (encoding) => {
    const head = parseResponseHead(Buffer.from("HTTP/1.1 200 OK\r\nx-name: Zoë\r\n\r\n", encoding));
    expect(head?.headers).toEqual(["x-name", "Zoë"]);
  });

  it("keeps for itself what is µWS's to write", () => {
    const head = parse(
      "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\nDate: now\r\n\r\n",
    );
    expect(head).toMatchObject({ headers: [], contentLength: 12, isLast: true });
  });

  it.each(["HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.1 299 Any thing"])("takes %j", (first) => {
    expect(parse(`${first}\r\n\r\n`)?.status).toBe(Number(first.slice(9, 12)));
  });

  it.each(["", "H", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nX-A: 1\r\n"])(
    "waits for the rest of %j",
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );

  it.each([
    "x",
    "HTTP/1.0 200 OK\r\n\r\n",
    "hello\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 2000\r\n\r\n",
  ])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow("expected the head of an HTTP/1.1 response");
  });
});
