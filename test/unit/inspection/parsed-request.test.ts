import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/inspection/inspect.ts";
import { toParsedRequest } from "../../../src/inspection/parsed-request.ts";

const limits = { maxHeaderBytes: 1024, maxHeaderLines: Infinity };
const peer = { remoteAddress: "10.0.0.1", remotePort: 5 };

describe("toParsedRequest", () => {
  it("keeps everything of an HTTP/1 head, also in a copy", () => {
    const rawHead = "GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n";
    const request = toParsedRequest(inspect(Buffer.from(rawHead), limits), peer);
    expect({ ...request }).toEqual({
      protocol: "http1",
      method: "GET",
      path: "/a",
      httpVersion: "1.1",
      host: "x",
      headers: Object.assign(Object.create(null), { host: "x", cookie: "a=b" }),
      rawHead,
      ...peer,
    });
  });

  it("tells of TLS what the hello says", () => {
    const inspection = { kind: "tls", serverName: "a.b", alpn: ["h2"] } as const;
    expect(toParsedRequest(inspection, peer)).toEqual({
      protocol: "tls",
      serverName: "a.b",
      alpn: ["h2"],
      headers: Object.create(null),
      rawHead: "",
      ...peer,
    });
  });

  it("knows of other bytes only who sent them", () => {
    expect(toParsedRequest({ kind: "unknown" }, peer)).toMatchObject({
      protocol: "unknown",
      ...peer,
    });
  });
});
