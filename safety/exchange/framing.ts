import type { HttpRequest } from "../uws-types.ts";

/** Where the body of a request ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "ambiguous"; readonly problem: string };

export const noBody: Framing = { kind: "none" };
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

/** Whether a request says anything about a body. */
export function declaresBody(request: HttpRequest): boolean {
  return (
    request.getHeader("content-length") !== "" || request.getHeader("transfer-encoding") !== ""
  );
}

/** @param headers All of a request: names, in lower case, and values in turn. */
export function framingOf(headers: readonly string[]): Framing {
  const lengths: string[] = [];
  const encodings: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === "content-length") lengths.push(headers[index + 1]!);
    else if (headers[index] === "transfer-encoding") encodings.push(headers[index + 1]!);
  }
  return resolveFraming({ lengths, encodings });
}

function ambiguous(problem: string): Framing {
  return { kind: "ambiguous", problem };
}
