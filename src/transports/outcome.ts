import type { CompleteInspection } from "../inspection/inspect.ts";

/** How the look at the first bytes of a connection ended. */
export type Outcome =
  | { readonly inspection: CompleteInspection }
  /** Nothing whole came in time; `spoke`: the client was in the middle of an HTTP/1 head. */
  | { readonly expired: true; readonly spoke: boolean }
  /** The client ended or broke the connection, or had to make room for others. */
  | { readonly gone: true };
