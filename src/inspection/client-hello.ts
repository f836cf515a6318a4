/** What a TLS client says in the clear before anything is encrypted. */
export interface ClientHello {
  /** The name asked for (SNI), in lower case. */
  readonly serverName: string | undefined;
  /** Application protocols offered, as the client ordered them. */
  readonly alpn: readonly string[];
}

/**
 * A hello that says nothing: one that cannot be read still goes to a worker, whose TLS library answers
 * it with the alert it deserves.
 */
const silent: ClientHello = { serverName: undefined, alpn: [] };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;

/** Real ones fit into one or two records; one in many small ones only costs time. */
const MAX_RECORDS = 8;

/** Whether these bytes can be the beginning of a TLS handshake. */
export function startsTls(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE && (bytes.length < 2 || bytes[1] === 3);
}

/**
 * Reads the server name and the protocols out of the first flight of a TLS client.
 *
 * @returns `undefined` while more bytes are needed, at most `maxBytes` of them.
 */
export function parseClientHello(bytes: Uint8Array, maxBytes: number): ClientHello | undefined {
  const message = joinRecords(bytes);
  if (message === "malformed") return silent;
  const wanted = message.length < 4 ? 4 : 4 + readUint(message, 1, 3);
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return silent;
  if (message.length < wanted) {
    return bytes.length >= maxBytes || wanted > maxBytes ? silent : undefined;
  }
  const extensions = findExtensions(message.subarray(4, wanted));
  return extensions === undefined ? silent : readExtensions(extensions);
}

/** The handshake bytes of all records that are there, whole or not. */
function joinRecords(bytes: Uint8Array): Uint8Array | "malformed" {
  const first = recordBody(bytes, 0);
  if (first === undefined) return bytes.subarray(0, 0);
  if (first === "malformed") return first;
  // Nearly always one record: no copy.
  const parts = [first];
  let at = 5 + readUint(bytes, 3, 2);
  const wanted = first.length < 4 ? 4 : 4 + readUint(first, 1, 3);
  for (let have = first.length; have < wanted && at < bytes.length;) {
    const body = recordBody(bytes, at);
    if (body === undefined) break;
    if (body === "malformed" || parts.length === MAX_RECORDS) return "malformed";
    parts.push(body);
    have += body.length;
    at += 5 + readUint(bytes, at + 3, 2);
  }
  return parts.length === 1 ? first : Buffer.concat(parts);
}

function recordBody(bytes: Uint8Array, at: number): Uint8Array | "malformed" | undefined {
  if (at < bytes.length && bytes[at] !== HANDSHAKE) return "malformed";
  if (at + 1 < bytes.length && bytes[at + 1] !== 3) return "malformed";
  if (at + 5 > bytes.length) return undefined;
  const length = readUint(bytes, at + 3, 2);
  // RFC 8446, 5.1: no empty handshake fragments, no more than 2^14 bytes.
  if (length === 0 || length > 16_384) return "malformed";
  return bytes.subarray(at + 5, at + 5 + length);
}

/** Steps over version, random, session id, cipher suites and compression methods. */
function findExtensions(hello: Uint8Array): Uint8Array | undefined {
  let at = 34;
  at += 1 + readUint(hello, at, 1);
  at += 2 + readUint(hello, at, 2);
  at += 1 + readUint(hello, at, 1);
  if (at + 2 > hello.length) return undefined;
  const end = at + 2 + readUint(hello, at, 2);
  return end > hello.length ? undefined : hello.subarray(at + 2, end);
}

function readExtensions(extensions: Uint8Array): ClientHello {
  let serverName: string | undefined;
  let alpn: readonly string[] = [];
  for (let at = 0; at + 4 <= extensions.length;) {
    const type = readUint(extensions, at, 2);
    const end = at + 4 + readUint(extensions, at + 2, 2);
    if (end > extensions.length) break;
    const body = extensions.subarray(at + 4, end);
    if (type === EXTENSION_SERVER_NAME) serverName ??= readServerName(body);
    if (type === EXTENSION_ALPN && alpn.length === 0) alpn = readProtocols(body);
    at = end;
  }
  return { serverName, alpn };
}

/** List length, then one entry: type 0 (host name), length, name. */
function readServerName(body: Uint8Array): string | undefined {
  const length = readUint(body, 3, 2);
  if (body.length < 5 + length || body[2] !== 0) return undefined;
  const name = toLatin1(body.subarray(5, 5 + length)).toLowerCase();
  return /^[a-z0-9_.-]{1,255}$/.test(name) ? name : undefined;
}

function readProtocols(body: Uint8Array): readonly string[] {
  const protocols: string[] = [];
  for (let at = 2; at < body.length;) {
    const end = at + 1 + body[at]!;
    if (end > body.length || end === at + 1) return [];
    protocols.push(toLatin1(body.subarray(at + 1, end)));
    at = end;
  }
  return protocols;
}

/** Big-endian; a byte that is not there reads as 0, and the lengths are compared afterwards. */
function readUint(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

const toLatin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
