import type { HttpResponse, TemplatedApp } from "uWebSockets.js";

const patched = new WeakSet();

/**
 * Makes `getRemoteAddress` and `getRemoteAddressAsText` tell the client's address, for connections that
 * the primary relays: on a Unix path they have none of their own, on loopback TCP they have the primary's.
 *
 * Only the primary can reach such a listener, and it lets no second PROXY header through.
 */
export function trustProxiedAddress(native: TemplatedApp, listener: "unix" | "tcp"): void {
  native.filter((response) => {
    const prototype = Object.getPrototypeOf(response) as HttpResponse;
    if (patched.has(prototype)) return;
    patched.add(prototype);
    const { getRemoteAddress, getRemoteAddressAsText } = prototype;
    const { getProxiedRemoteAddress, getProxiedRemoteAddressAsText } = prototype;
    const isRelayed = (address: ArrayBuffer) => listener === "tcp" || address.byteLength === 0;
    prototype.getRemoteAddress = function () {
      const own = getRemoteAddress.call(this);
      return isRelayed(own) ? orElse(getProxiedRemoteAddress.call(this), own) : own;
    };
    prototype.getRemoteAddressAsText = function () {
      const own = getRemoteAddressAsText.call(this);
      return isRelayed(own) ? orElse(getProxiedRemoteAddressAsText.call(this), own) : own;
    };
  });
}

/** Without a PROXY header (a client that speaks TLS to the worker) the proxied address is empty. */
function orElse(proxied: ArrayBuffer, own: ArrayBuffer): ArrayBuffer {
  return proxied.byteLength > 0 ? proxied : own;
}
