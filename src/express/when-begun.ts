import type { ServerResponse } from "node:http";

/** Told once: when the first header goes out, or when nobody waits for an answer any more. */
export interface BeginListener {
  onBegin(): void;
}

/** Has room for one listener; see response.ts. */
interface Tellable {
  beginListener: BeginListener | undefined;
}

/** The same room on a response of Node's. */
const LISTENER: unique symbol = Symbol("rollcage.beginListener");

type WatchedResponse = ServerResponse & { [LISTENER]?: BeginListener | undefined };

/** Listens for the beginning of an answer, in place of whoever has listened before. */
export function whenBegun(response: ServerResponse | Tellable, listener: BeginListener): void {
  if ("beginListener" in response) {
    response.beginListener?.onBegin();
    response.beginListener = listener;
  } else {
    watchNode(response, listener);
  }
}

/** Node sends every head through `writeHead`. */
function watchNode(response: WatchedResponse, listener: BeginListener): void {
  const isWatched = LISTENER in response;
  response[LISTENER]?.onBegin();
  response[LISTENER] = listener;
  if (isWatched) return;
  const begin = () => {
    response[LISTENER]?.onBegin();
    response[LISTENER] = undefined;
  };
  const { writeHead } = response;
  response.writeHead = (...args: unknown[]) => {
    begin();
    return Reflect.apply(writeHead, response, args) as typeof response;
  };
  response.once("close", begin);
}
