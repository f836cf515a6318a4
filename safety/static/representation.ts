import type { Stats } from "node:fs";
import { posix } from "node:path";
import { contentType } from "mime-types";
import type { ContentCoding } from "../compression/negotiate.ts";
import type { Validators } from "./conditional.ts";
import { hasContentHash } from "./hashed-name.ts";

/** A file, as it is or encoded: what clients are told about it. Made once, shared by all its answers. */
export interface Representation {
  readonly validators: Validators;
  readonly sizeBytes: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** The same without what speaks of a body, for 304. */
  readonly headersWithoutBody: readonly string[];
}

export interface RepresentationInput {
  readonly name: string;
  readonly stats: Stats;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly coding?: ContentCoding | undefined;
  /** Whether other clients may get it in another encoding. */
  readonly varies: boolean;
  readonly cacheControl: string;
}

export function describeRepresentation(input: RepresentationInput): Representation {
  const { etag, coding, sizeBytes } = input;
  const lastModified = input.stats.mtime.toUTCString();
  const headersWithoutBody = [
    "accept-ranges",
    "bytes",
    "cache-control",
    input.cacheControl,
    "last-modified",
    lastModified,
    "etag",
    etag,
  ];
  if (input.varies) headersWithoutBody.push("vary", "Accept-Encoding");
  const headers = [...headersWithoutBody, "content-type", mediaType(input.name)];
  if (coding !== undefined) headers.push("content-encoding", coding);
  return { validators: { etag, lastModified }, sizeBytes, headersWithoutBody, headers };
}

/** By the extension, with the character set of text. */
export function mediaType(name: string): string {
  return contentType(posix.extname(name)) || "application/octet-stream";
}

const YEAR_SECONDS = 31_536_000;

export function cacheControlFor(
  name: string,
  { maxAgeSeconds, immutable }: { readonly maxAgeSeconds: number; readonly immutable: boolean },
): string {
  if (immutable && hasContentHash(posix.basename(name))) {
    return `public, max-age=${YEAR_SECONDS}, immutable`;
  }
  return `public, max-age=${maxAgeSeconds}`;
}
