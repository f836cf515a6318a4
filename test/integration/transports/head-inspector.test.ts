import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadSyscalls, type Syscalls } from "../../../src/native/syscalls.ts";
import { DescriptorListener } from "../../../src/transports/descriptor-listener.ts";
import {
  HeadInspector,
  type HeadInspectorOptions,
  type InspectedClient,
} from "../../../src/transports/head-inspector.ts";
import type { Outcome } from "../../../src/transports/outcome.ts";

const head = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
/** The kernel holds a connection without bytes back for a second. */
const patiently = { interval: 1, timeout: 10_000 };
const loaded = loadSyscalls();

describe.skipIf(loaded === undefined)("HeadInspector", () => {
  const sys: Syscalls = loaded!;
  const cleanUps: (() => void)[] = [];

  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
    vi.useRealTimers();
  });

  interface Server {
    readonly inspector: HeadInspector<InspectedClient>;
    readonly results: Outcome[];
    connect(): Promise<Socket>;
    /** Waits for so many results in all. */
    untilResults(count: number): Promise<void>;
    untilWaiting(count: number): Promise<void>;
  }

  async function start(options: Partial<HeadInspectorOptions> = {}): Promise<Server> {
    const results: Outcome[] = [];
    const limits = {
      headersTimeoutMs: 60_000,
      maxHeaderBytes: 1024,
      maxHeaderLines: 98,
      maxWaiting: 9,
    };
    const inspector = new HeadInspector<InspectedClient>(
      sys,
      { ...limits, ...options },
      ({ descriptor }, result) => {
        results.push(result);
        sys.close(descriptor);
      },
    );
    const listener = new DescriptorListener(
      sys,
      ({ descriptor }) => inspector.inspect({ descriptor, acceptedAt: performance.now() }),
      () => {},
    );
    const port = await listener.listen({ host: "127.0.0.1", port: 0, backlog: 10 });
    cleanUps.push(
      () => inspector.close(),
      () => listener.close(),
    );
    return {
      inspector,
      results,
      async connect() {
        const client = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
        client.on("error", () => {});
        cleanUps.push(() => client.destroy());
        await once(client, "connect");
        return client;
      },
      async untilResults(count) {
        await expect.poll(() => results.length, patiently).toBe(count);
      },
      async untilWaiting(count) {
        await expect.poll(() => inspector.size, patiently).toBe(count);
      },
    };
  }

  it("reads a whole head at once", async () => {
    const server = await start();
    (await server.connect()).write(head);
    await server.untilResults(1);
    expect(server.results[0]).toMatchObject({
      inspection: { kind: "http1", head: { path: "/a" } },
    });
  });

  it("waits for the rest of a head that comes in two pieces, wherever it is cut", async () => {
    const server = await start();
    for (let cut = 1; cut < head.length; cut++) {
      const client = await server.connect();
      client.write(head.slice(0, cut));
      await server.untilWaiting(1);
      client.write(head.slice(cut));
      await server.untilResults(cut);
      expect(server.results.at(-1)).toMatchObject({ inspection: { kind: "http1" } });
    }
  });

  it("gives up a client that ends within its head", async () => {
    const server = await start();
    const client = await server.connect();
    client.write("GET /");
    await server.untilWaiting(1);
    client.end();
    await server.untilResults(1);
    expect(server.results).toEqual([{ gone: true }]);
  });

  it("takes a whole head from a client that has ended, too", async () => {
    const server = await start();
    (await server.connect()).end(head);
    await server.untilResults(1);
    expect(server.results[0]).toMatchObject({ inspection: { kind: "http1" } });
  });

  it("says after headersTimeoutMs whether a slow client had begun to speak", async () => {
    const server = await start({ headersTimeoutMs: 50 });
    (await server.connect()).write("GET /");
    await server.untilResults(1);
    await server.connect();
    await server.untilResults(2);
    expect(server.results).toEqual([
      { expired: true, spoke: true },
      { expired: true, spoke: false },
    ]);
  });

  it("gives up silent clients, and those that have begun only when time is over", async () => {
    const server = await start();
    await server.connect();
    await server.untilWaiting(1);
    (await server.connect()).write("GET /");
    (await server.connect()).write(Buffer.from([22, 3, 1]));
    await server.untilWaiting(3);
    server.inspector.giveUpSilent();
    expect(server.results).toEqual([{ gone: true }]);
    server.inspector.expireAll();
    expect(server.results.slice(1)).toEqual([
      { expired: true, spoke: true },
      { expired: true, spoke: false },
    ]);
  });

  it("gives up the client that waited longest for the one over maxWaiting", async () => {
    const server = await start({ maxWaiting: 2 });
    const clients: Socket[] = [];
    for (const piece of ["G", "GE", "GET"]) {
      const client = await server.connect();
      clients.push(client);
      client.write(piece);
      await server.untilWaiting(Math.min(clients.length, 2));
    }
    await server.untilResults(1);
    expect(server.results).toEqual([{ gone: true }]);
    clients[2]!.write(head.slice(3));
    await server.untilResults(2);
    expect(server.results[1]).toMatchObject({ inspection: { kind: "http1" } });
  });
});
