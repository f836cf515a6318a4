import type { HttpResponse, TemplatedApp } from "uWebSockets.js";
import { describe, expect, it } from "vitest";
import { trustProxiedAddress } from "../../../src/apps/proxied-address.ts";
import { createSealingKey, sealAddress } from "../../../src/internal/sealed-address.ts";

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;
const toText = (text: ArrayBuffer): string => Buffer.from(text).toString();
const toHex = (address: ArrayBuffer): string => Buffer.from(address).toString("hex");

const nothing = bytes();
const client = bytes(192, 0, 2, 7);
const client6 = bytes(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9);

/** A response on a connection that has these addresses, as the binary tells them. */
function createResponse(
  own: ArrayBuffer,
  proxied: ArrayBuffer,
  trust: (native: TemplatedApp) => void,
): HttpResponse {
  const response = Object.create({
    getRemoteAddress: () => own,
    getRemoteAddressAsText: () => Buffer.from(new Uint8Array(own).join(".")),
    getProxiedRemoteAddress: () => proxied,
    getProxiedRemoteAddressAsText: () => Buffer.from(new Uint8Array(proxied).join(".")),
  }) as HttpResponse;
  const filter = (callback: (response: HttpResponse, count: number) => void) =>
    callback(response, 1);
  trust({ filter } as unknown as TemplatedApp);
  return response;
}

describe("trustProxiedAddress", () => {
  it("takes the address of a relayed connection from its PROXY header", () => {
    const response = createResponse(nothing, client, (app) => trustProxiedAddress(app, "unix"));
    expect(toHex(response.getRemoteAddress())).toBe(toHex(client));
    expect(toText(response.getRemoteAddressAsText())).toBe("192.0.2.7");
  });

  it("does not ask a connection that has an address of its own", () => {
    const own = bytes(127, 0, 0, 1);
    const response = createResponse(own, client, (app) => trustProxiedAddress(app, "unix"));
    expect(toHex(response.getRemoteAddress())).toBe(toHex(own));
  });

  describe("with a key", () => {
    const key = createSealingKey();
    const trust = (app: TemplatedApp) => trustProxiedAddress(app, "unix", key);

    it.each([
      [client, "192.0.2.7"],
      [client6, "2001:0db8:0000:0000:0000:0000:0000:0009"],
    ])("takes an address that was sealed with it", (address, text) => {
      const sealed = Uint8Array.from(sealAddress(new Uint8Array(address), key)).buffer;
      const response = createResponse(nothing, sealed, trust);
      expect(toHex(response.getRemoteAddress())).toBe(toHex(address));
      expect(toText(response.getRemoteAddressAsText())).toBe(text);
    });

    // The kernel no longer knows the address of a client that has just reset its connection.
    it.each([client, client6])(
      "does not believe a client that is gone and had named one",
      (forged) => {
        const response = createResponse(nothing, forged, trust);
        expect(toHex(response.getRemoteAddress())).not.toBe(toHex(forged));
        expect(toText(response.getRemoteAddressAsText())).not.toMatch(/^192\.0\.2\.7|^2001:0?db8:/);
      },
    );
  });
});
