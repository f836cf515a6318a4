import type { TransportName } from "../config/options.ts";
import { createProxyTransport } from "./proxy.ts";
import type { Transport, TransportContext } from "./transport.ts";

export function createTransport(name: TransportName, context: TransportContext): Transport {
  switch (name) {
    case "handoff":
    case "reuseport":
    case "proxy":
      return createProxyTransport(context);
  }
}
