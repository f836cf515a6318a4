import type { HttpRequest } from "../uws-types.ts";

/** Where the body of a request ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "ambiguous"; readonly problem: string };

export const noBody: Framing = { kind: "none" };
const chunked: Framing = { kind: "chunked" };

/** Whether a request says anything about a body. */
export function declaresBody(request: HttpRequest): boolean {
  return (
    request.getHeader("content-length") !== "" || request.getHeader("transfer-encoding") !== ""
  );
}

/**
 * Decides as strictly as RFC 9112 section 6.3 asks a server to. µWS itself takes the first length it
 * finds, and any transfer encoding for chunked.
 *
 * @param headers All of a request: names, in lower case, and values in turn.
 */
export function framingOf(headers: readonly string[]): Framing {
  let length: string | undefined;
  let encoding: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1]!;
    if (headers[index] === "content-length") {
      if (length !== undefined && length !== value) return ambiguous("several Content-Lengths");
      length = value;
    } else if (headers[index] === "transfer-encoding") {
      encoding = encoding === undefined ? value : `${encoding}, ${value}`;
    }
  }
  if (encoding !== undefined) {
    if (length !== undefined) return ambiguous("both Content-Length and Transfer-Encoding");
    if (encoding.toLowerCase() === "chunked") return chunked;
    return ambiguous(`Transfer-Encoding: ${encoding}`);
  }
  return length === undefined ? noBody : framingOfLength(length);
}

function framingOfLength(length: string): Framing {
  // 15 digits are a petabyte, and still exact as a number.
  if (!/^\d{1,15}$/.test(length)) return ambiguous(`Content-Length: ${length || "(empty)"}`);
  const bytes = Number(length);
  return bytes === 0 ? noBody : { kind: "length", bytes };
}

function ambiguous(problem: string): Framing {
  return { kind: "ambiguous", problem };
}
