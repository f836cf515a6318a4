import type { TransportName } from "../config/options.ts";
import { InvariantError } from "../internal/machine.ts";
import { HandoffTransport } from "./handoff.ts";
import { createProxyTransport } from "./proxy.ts";
import { createReuseportTransport } from "./reuseport.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** @param name As `selectTransport` chose it. */
export function createTransport(name: TransportName, context: TransportContext): Transport {
  switch (name) {
    case "handoff":
      if (context.syscalls === undefined) throw new InvariantError("hand-off without system calls");
      return new HandoffTransport(context, context.syscalls);
    case "reuseport":
      return createReuseportTransport(context);
    case "proxy":
      return createProxyTransport(context);
  }
}
