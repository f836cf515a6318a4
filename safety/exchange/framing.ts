import type { HttpRequest } from "../uws-types.ts";

/** Where the body of a request ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "ambiguous"; readonly problem: string };

const noBody: Framing = { kind: "none" };
const chunked: Framing = { kind: "chunked" };

/** Every `Content-Length` and `Transfer-Encoding` line of a request. */
export interface FramingLines {
  readonly lengths: readonly string[];
  readonly encodings: readonly string[];
}

/**
 * Decides as strictly as RFC 9112 section 6.3 asks a server to. µWS itself takes the first length it
 * finds, and any transfer encoding for chunked.
 */
export function resolveFraming({ lengths, encodings }: FramingLines): Framing {
  if (encodings.length > 0) {
    if (lengths.length > 0) return ambiguous("both Content-Length and Transfer-Encoding");
    if (encodings.length === 1 && encodings[0]?.toLowerCase() === "chunked") return chunked;
    return ambiguous(`Transfer-Encoding: ${encodings.join(", ")}`);
  }
  const [length] = lengths;
  if (length === undefined) return noBody;
  if (lengths.some((other) => other !== length)) return ambiguous("several Content-Lengths");
  // 15 digits are a petabyte, and still exact as a number.
  if (!/^\d{1,15}$/.test(length)) return ambiguous(`Content-Length: ${length || "(empty)"}`);
  const bytes = Number(length);
  return bytes === 0 ? noBody : { kind: "length", bytes };
}

/**
 * Reads the framing of a live request.
 *
 * @param bodyExpected Look at every line although the first ones say nothing. µWS reports an empty
 *   `Content-Length` as none, so on methods that carry a body a second line could hide behind it.
 */
export function readFraming(request: HttpRequest, bodyExpected: boolean): Framing {
  const declared =
    request.getHeader("content-length") !== "" || request.getHeader("transfer-encoding") !== "";
  if (!declared && !bodyExpected) return noBody;
  const lengths: string[] = [];
  const encodings: string[] = [];
  request.forEach((name, value) => {
    if (name === "content-length") lengths.push(value);
    else if (name === "transfer-encoding") encodings.push(value);
  });
  return resolveFraming({ lengths, encodings });
}

function ambiguous(problem: string): Framing {
  return { kind: "ambiguous", problem };
}
