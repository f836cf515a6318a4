import fresh from "fresh";

/** Request headers that ask for a representation only under a condition; `""` where there is none. */
export interface ConditionHeaders {
  readonly ifMatch: string;
  readonly ifUnmodifiedSince: string;
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
  readonly cacheControl: string;
}

/** What a representation can be recognised by. */
export interface Validators {
  readonly etag: string;
  /** An HTTP date. */
  readonly lastModified: string;
}

/** `proceed`: answer as if nothing had been asked. `failed`: 412. `not-modified`: 304. */
export type ConditionResult = "proceed" | "failed" | "not-modified";

/** Evaluates conditions in the order of RFC 9110 section 13.2.2, for a representation that exists. */
export function evaluateConditions(
  headers: ConditionHeaders,
  validators: Validators,
): ConditionResult {
  if (hasFailed(headers, validators)) return "failed";
  return isFresh(headers, validators) ? "not-modified" : "proceed";
}

function hasFailed(
  { ifMatch, ifUnmodifiedSince }: ConditionHeaders,
  { etag, lastModified }: Validators,
): boolean {
  // If-Match compares strongly, so a weak tag never matches.
  if (ifMatch !== "") return ifMatch !== "*" && !splitTags(ifMatch).includes(etag);
  // Not a date: as if the header were not there.
  return ifUnmodifiedSince !== "" && Date.parse(lastModified) > Date.parse(ifUnmodifiedSince);
}

function isFresh(
  { ifNoneMatch, ifModifiedSince, cacheControl }: ConditionHeaders,
  { etag, lastModified }: Validators,
): boolean {
  if (ifNoneMatch === "" && ifModifiedSince === "") return false;
  return fresh(
    {
      "if-none-match": ifNoneMatch,
      "if-modified-since": ifModifiedSince,
      "cache-control": cacheControl,
    },
    { etag, "last-modified": lastModified },
  );
}

/** No tag of ours contains a comma. */
function splitTags(list: string): readonly string[] {
  return list.split(",").map((tag) => tag.trim());
}
