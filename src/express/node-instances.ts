import { IncomingMessage, ServerResponse } from "node:http";

type Class = abstract new (...args: never[]) => object;

/**
 * Makes `instanceof` take upstream's requests and responses for Node's, as libraries demand of them
 * (better-sse does). They cannot inherit: Node's `ServerResponse` is no `Writable`, as upstream's is.
 */
export function passAsNode(Request: Class, Response: Class): void {
  extendInstances(IncomingMessage, Request);
  extendInstances(ServerResponse, Response);
}

function extendInstances(NodeClass: Class, Upstream: Class): void {
  const inherited = NodeClass[Symbol.hasInstance];
  Object.defineProperty(NodeClass, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      // Classes that extend Node's inherit this method; theirs are only their own.
      return (
        inherited.call(this as Class, value) || (this === NodeClass && value instanceof Upstream)
      );
    },
  });
}
