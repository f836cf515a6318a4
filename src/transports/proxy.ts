import type { Socket } from "node:net";
import type { Peer } from "../inspection/parsed-request.ts";
import { unmapAddress } from "../internal/ip-address.ts";
import { proxyHeaderOf } from "../internal/proxy-protocol.ts";
import { admit, type Admitted } from "./admission.ts";
import type { Dispatch } from "./dispatcher.ts";
import { createListenTargets } from "./listen-targets.ts";
import { OpenConnections } from "./open-connections.ts";
import { PublicListener } from "./public-listener.ts";
import { joinEnds, type Relay } from "./relay.ts";
import { SignatureScanner } from "./signature-scanner.ts";
import { openUpstream } from "./upstream.ts";
import { needsTranslation, Translator } from "./translator.ts";
import type { Transport, TransportContext, TransportWorker } from "./transport.ts";
import { dismiss, withoutWorker } from "./verdict.ts";

/** One client whose worker is being found and connected to. */
interface Handover extends Admitted, Dispatch {
  readonly tried: Set<TransportWorker>;
}

/** Copies bytes between clients and workers: works everywhere, with every app that can listen. */
export function createProxyTransport(context: TransportContext): Transport {
  const { config, dispatcher, appKind } = context;
  const open = new OpenConnections();
  const translator = new Translator(config);
  let warnedOfTls = false;

  const listener = new PublicListener(config, (socket) => {
    open.add(socket);
    admit(socket, open.size, context, ({ inspection, chunks }) => {
      const handover: Handover = {
        socket,
        inspection,
        chunks,
        peer: peerOf(socket),
        tried: new Set(),
        waitedMs: 0,
        onWorker(worker) {
          if (socket.destroyed) return;
          if (worker === undefined) dismiss(socket, withoutWorker(inspection), context);
          else if (needsTranslation(appKind, inspection)) translate(worker, handover);
          else connectTo(worker, handover);
        },
      };
      dispatcher.dispatch(handover);
    });
  });

  const translate = (worker: TransportWorker, { socket, chunks }: Handover) => {
    arrive(socket, worker);
    socket.unshift(Buffer.concat(chunks));
    translator.serve(socket, worker.boot.listen);
    socket.resume();
  };

  /** Apart from what only the beginning needs: its listener would keep that in memory for the whole connection. */
  const arrive = (client: Socket, { candidate }: TransportWorker) => {
    open.arrived(client);
    candidate.activeProxyConnections++;
    client.once("close", () => candidate.activeProxyConnections--);
  };

  const connectTo = (worker: TransportWorker, handover: Handover) => {
    const { socket: client } = handover;
    const { socket: upstream, readTo } = openUpstream(worker.boot.listen);
    const onFailure = () => {
      config.telemetry.incrementCounter("proxy_errors");
      handover.tried.add(worker);
      dispatcher.dispatch(handover);
    };
    const onClientGone = () => upstream.destroy();
    upstream.once("error", onFailure);
    client.once("close", onClientGone);
    upstream.once("connect", () => {
      upstream.off("error", onFailure);
      client.off("close", onClientGone);
      arrive(client, worker);
      const relay = joinEnds({ client, upstream }, { holdFin: appKind === "uws" });
      readTo(relay.fromUpstream);
      startRelaying(handover, upstream, relay);
    });
  };

  const startRelaying = (handover: Handover, upstream: Socket, relay: Relay) => {
    const { socket: client, inspection, chunks } = handover;
    const announced = appKind !== "listener" && inspection.kind !== "tls";
    if (!announced && appKind !== "listener") warnOfTls();
    // Only µWebSockets takes a second header; our own acceptor takes exactly one.
    const scanner = announced && appKind === "uws" ? new SignatureScanner() : undefined;
    const onData = (chunk: Buffer) => {
      if (scanner?.find(chunk)) client.destroy();
      else if (!relay.fromClient(chunk)) client.pause();
    };
    upstream.cork();
    if (announced) upstream.write(proxyHeaderOf(client, client.remoteAddress));
    for (const chunk of chunks) onData(chunk);
    upstream.uncork();
    client.on("data", onData);
    client.resume();
  };

  const warnOfTls = () => {
    if (warnedOfTls) return;
    warnedOfTls = true;
    config.logger.warn(
      "rollcage: under the proxy transport a worker that terminates TLS sees the primary's address, not the client's",
    );
  };

  return {
    name: "proxy",
    listen: () => listener.listen(config),
    ...createListenTargets(context),
    async stopAccepting(signal) {
      await listener.stop();
      await open.settle(signal);
    },
    close: () => open.destroyAll(),
  };
}

/** As under the hand-off: an IPv4 address without its mapping into IPv6. */
function peerOf({ remoteAddress, remotePort }: Socket): Peer {
  return { remoteAddress: remoteAddress && unmapAddress(remoteAddress), remotePort };
}
