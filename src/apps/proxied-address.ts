import type { HttpResponse, TemplatedApp } from "uWebSockets.js";
import { openAddress } from "../internal/sealed-address.ts";

const patched = new WeakSet();

/**
 * Makes `getRemoteAddress` and `getRemoteAddressAsText` tell the client's address, for connections that
 * the primary relays: on a Unix path they have none of their own, on loopback TCP they have the primary's.
 *
 * Only the primary can reach such a listener, and it lets no second PROXY header through.
 *
 * @param key With which the addresses are sealed, where clients' own sockets are served beside the relayed ones:
 *   of a client that has just reset its connection the kernel knows no address either, and nobody has looked for
 *   PROXY headers in what it sent.
 */
export function trustProxiedAddress(
  native: TemplatedApp,
  listener: "unix" | "tcp",
  key?: string,
): void {
  native.filter((response) => {
    const prototype = Object.getPrototypeOf(response) as HttpResponse;
    if (patched.has(prototype)) return;
    patched.add(prototype);
    const { getRemoteAddress, getRemoteAddressAsText } = prototype;
    const { getProxiedRemoteAddress, getProxiedRemoteAddressAsText } = prototype;
    const isRelayed = (address: ArrayBuffer) => listener === "tcp" || address.byteLength === 0;
    const proxied = (relayed: HttpResponse): ArrayBuffer => {
      const address = getProxiedRemoteAddress.call(relayed);
      return key === undefined ? address : unseal(address, key);
    };
    const proxiedAsText = (relayed: HttpResponse): ArrayBuffer =>
      key === undefined ? getProxiedRemoteAddressAsText.call(relayed) : toText(proxied(relayed));
    prototype.getRemoteAddress = function () {
      const own = getRemoteAddress.call(this);
      return isRelayed(own) ? orElse(proxied(this), own) : own;
    };
    prototype.getRemoteAddressAsText = function () {
      const own = getRemoteAddressAsText.call(this);
      return isRelayed(own) ? orElse(proxiedAsText(this), own) : own;
    };
  });
}

/** Without a PROXY header (a client that speaks TLS to the worker) the proxied address is empty. */
function orElse(proxied: ArrayBuffer, own: ArrayBuffer): ArrayBuffer {
  return proxied.byteLength > 0 ? proxied : own;
}

const nothing = new ArrayBuffer(0);

/** Sealed addresses have 16 bytes; any others are not the primary's. */
function unseal(address: ArrayBuffer, key: string): ArrayBuffer {
  if (address.byteLength !== 16) return nothing;
  return Uint8Array.from(openAddress(new Uint8Array(address), key)).buffer;
}

/** As µWebSockets writes it. */
function toText(address: ArrayBuffer): ArrayBuffer {
  if (address.byteLength === 0) return nothing;
  const bytes = Buffer.from(address);
  const text =
    bytes.length === 4 ? bytes.join(".") : bytes.toString("hex").match(/.{4}/g)!.join(":");
  return new TextEncoder().encode(text).buffer;
}
