import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { pipeline, type Duplex } from "node:stream";
import type { ListenTarget } from "../apps/app-adapter.ts";
import type { AppKind } from "../apps/detect-app.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import type { Inspection } from "../inspection/inspect.ts";
import { formatAddress } from "../internal/format-address.ts";
import { toAddressBytes } from "../internal/ip-address.ts";
import { proxyHeaderOf } from "../internal/proxy-protocol.ts";
import { sealAddress } from "../internal/sealed-address.ts";
import { respondAndClose } from "./respond-and-close.ts";
import { addressOf } from "./worker-address.ts";

/** How long a client or worker may do nothing before it is given up. */
const IDLE_MS = 120_000;

/** Not left to node:http, which would keep the worker's own words. */
const UNAVAILABLE = "Service Unavailable";

/** About one connection, not about the request (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "expect", // Answered here.
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether the app would refuse a head that clients do send. A node:http app serves them all itself. */
export function needsTranslation(appKind: AppKind, inspection: Inspection): boolean {
  return appKind === "uws" && inspection.kind === "http1" && inspection.translate !== undefined;
}

/**
 * Serves what µWebSockets answers with 505 although clients send it: HTTP/1.0, absolute-form targets,
 * `OPTIONS *`. node:http understands all of them; each request goes to the worker as one of HTTP/1.1, and
 * its connection closes behind it.
 */
export class Translator {
  /** Of clients that have not sent their request yet. */
  readonly #workers = new WeakMap<Socket, ListenTarget>();
  readonly #server;

  constructor({ maxHeaderBytes }: Pick<ResolvedServerConfig, "maxHeaderBytes">) {
    this.#server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        // The primary has looked at the head, and HTTP/1.0 does not ask for one.
        requireHostHeader: false,
        keepAlive: false,
      },
      (incoming, response) => this.#forward(incoming, response),
    );
    this.#server.timeout = IDLE_MS;
    this.#server.on("clientError", onClientError);
  }

  /** Reads the first request from the socket, which nobody has read from, and answers it from this worker. */
  serve(socket: Socket, worker: ListenTarget): void {
    this.#workers.set(socket, worker);
    this.#server.emit("connection", socket);
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { socket } = incoming;
    const worker = this.#workers.get(socket);
    if (worker === undefined) {
      // Sent behind the first one, which closes the connection. node:http would keep any number of them, and
      // resumes the socket itself behind each request that it has just read.
      process.nextTick(() => socket.pause());
      return;
    }
    this.#workers.delete(socket);
    response.sendDate = false; // The worker's headers are complete.
    const outgoing = request({
      method: incoming.method ?? "GET",
      ...originOf(incoming),
      setHost: false,
      createConnection: () => connectFor(socket, worker),
    });
    outgoing.setTimeout(IDLE_MS, () => outgoing.destroy());
    outgoing.once("response", (answer) => {
      try {
        relay(answer, response);
      } catch (error) {
        outgoing.destroy(error as Error); // A status that node:http reads, but does not write.
      }
    });
    outgoing.once("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(503, UNAVAILABLE, { "Retry-After": "1", Connection: "close" }).end();
    });
    response.once("close", () => outgoing.destroy());
    // Its errors come as those of `outgoing` and `response`.
    pipeline(incoming, outgoing, () => {});
  }
}

/** What comes behind the one request must not cost its answer, as it would if node:http had its way. */
function onClientError(error: NodeJS.ErrnoException, duplex: Duplex): void {
  if (error.code === "HPE_CLOSED_CONNECTION") return;
  const socket = duplex as Socket;
  if (socket.bytesWritten > 0 || !socket.writable) socket.destroy();
  else respondAndClose(socket, 400);
}

function connectFor(client: Socket, worker: ListenTarget): Socket {
  const upstream = connect(addressOf(worker));
  upstream.write(proxyHeaderOf(client, sealedFor(worker, client.remoteAddress)));
  return upstream;
}

/** The client's address as this worker expects it. */
function sealedFor(worker: ListenTarget, address: string | undefined): string | undefined {
  if (worker.kind !== "unix" || worker.addressKey === undefined) return address;
  const bytes = toAddressBytes(address ?? "");
  return bytes && formatAddress(sealAddress(bytes, worker.addressKey));
}

/** Path and headers of the request in origin form. */
function originOf({ url = "/", headers, rawHeaders, socket, method }: IncomingMessage) {
  const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url);
  const rest = absolute?.[2] ?? url;
  const host = absolute?.[1] ?? headers.host ?? `${socket.localAddress}:${socket.localPort}`;
  const path =
    method === "OPTIONS" && rest === "*" ? "/" : rest.startsWith("/") ? rest : `/${rest}`;
  const kept = endToEnd(rawHeaders, headers.connection).filter(
    (_, index, all) => all[index - (index % 2)]!.toLowerCase() !== "host",
  );
  const length = headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
  return { path, headers: ["Host", host, ...kept, ...length, "Connection", "close"] };
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [
    ...endToEnd(answer.rawHeaders, answer.headers.connection),
    "Connection",
    "close",
  ]);
  pipeline(answer, response, () => {});
}

/** Names and values in turn, without what is about the connection only. */
function endToEnd(rawHeaders: readonly string[], connection = ""): string[] {
  const named = new Set(connection.toLowerCase().split(/[\s,]+/));
  named.delete("content-length"); // About the message, whatever a client says (RFC 9110, 7.6.1).
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!hopByHop.has(name) && !named.has(name)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return kept;
}
