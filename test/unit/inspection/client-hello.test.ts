import { Duplex } from "node:stream";
import { connect } from "node:tls";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseClientHello } from "../../../src/inspection/client-hello.ts";

/** What OpenSSL really sends first. */
function recordHello(servername: string, protocols: string[]): Buffer {
  const sent: Buffer[] = [];
  const wire = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      sent.push(chunk);
      done();
    },
  });
  const client = connect({ socket: wire, servername, ALPNProtocols: protocols });
  client.on("error", () => {});
  client.destroy();
  return Buffer.concat(sent);
}

/** The same handshake message, in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const body = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, body.length >> 8, body.length & 255]), body);
  }
  return Buffer.concat(records);
}

describe("parseClientHello", () => {
  const max = 16_384;
  const names = { serverName: "www.example.com", alpn: ["h2", "http/1.1"] };
  const hello = recordHello("WWW.example.com", ["h2", "http/1.1"]);

  it("reads server name and protocols of a real hello", () => {
    expect(parseClientHello(hello, max)).toEqual(names);
  });

  it("reads a hello that spans records", () => {
    expect(parseClientHello(inRecords(hello, Math.ceil((hello.length - 5) / 3)), max)).toEqual(
      names,
    );
  });

  it("gives up on a hello in crumbs", () => {
    expect(parseClientHello(inRecords(hello, 16), max)).toEqual({
      serverName: undefined,
      alpn: [],
    });
  });

  it("waits at every split, and only there", () => {
    for (let length = 1; length < hello.length; length++) {
      expect(parseClientHello(hello.subarray(0, length), max)).toBeUndefined();
    }
  });

  it("waits no longer than for maxBytes", () => {
    const begin = hello.subarray(0, 100);
    expect(parseClientHello(begin, hello.length)).toBeUndefined();
    expect(parseClientHello(begin, 100)).toEqual({ serverName: undefined, alpn: [] });
  });

  it("says nothing of a name that is not one", () => {
    const text = hello.toString("latin1").replace("WWW.example.com", "www\0example com");
    expect(parseClientHello(Buffer.from(text, "latin1"), max)).toEqual({
      serverName: undefined,
      alpn: names.alpn,
    });
  });

  it("answers damaged hellos without throwing", () => {
    const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat(600), (changes, length) => {
        const bytes = Buffer.from(hello);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const result = parseClientHello(bytes.subarray(0, length), max);
        expect(result?.serverName ?? "none").toMatch(/^[a-z0-9_.-]{1,255}$/);
      }),
      { numRuns: 2000 },
    );
  });
});
