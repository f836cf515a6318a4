import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { descriptorOf } from "../../src/native/descriptor-of.ts";
import { SOCKET_ADDRESS_BYTES } from "../../src/native/memory-layout.ts";
import { loadSyscalls, type Syscalls } from "../../src/native/syscalls.ts";
import { HandoffChannel, type HeldSocket } from "../../src/transports/handoff-channel.ts";

const fixture = fileURLToPath(new URL("../fixtures/handoff-worker.ts", import.meta.url));
const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;
const loaded = loadSyscalls();

describe.skipIf(loaded === undefined)("HandoffChannel", () => {
  const sys: Syscalls = loaded!;
  const cleanUps: (() => void)[] = [];
  let listener: number;
  let port: number;

  beforeEach(async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" ? address!.port : 0;
    listener = sys.duplicate(descriptorOf(server)!);
    server.close();
    cleanUps.push(() => sys.close(listener));
  });

  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
  });

  interface Worker {
    readonly child: ChildProcess;
    readonly channel: HandoffChannel<HeldSocket>;
    readonly adopted: HeldSocket[];
    readonly notTaken: HeldSocket[];
    /** Resolves at the next answer, or at the end of the channel. */
    answered(): Promise<unknown>;
  }

  async function startWorker(mode: string, limit = "$(ulimit -n)"): Promise<Worker> {
    const pair = sys.socketPair();
    if (typeof pair === "number") throw new Error(`errno ${-pair}`);
    const [own, workers] = pair;
    const command = ["-c", `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath, fixture, mode];
    const child = spawn("sh", command, { stdio: ["ignore", "pipe", "inherit", workers, "ipc"] });
    sys.close(workers);
    cleanUps.push(() => child.kill("SIGKILL"));
    await once(child.stdout!, "data");
    const answers = new EventEmitter();
    const adopted: HeldSocket[] = [];
    const notTaken: HeldSocket[] = [];
    const channel = new HandoffChannel<HeldSocket>(sys, own, {
      onAdopted: (held) => answers.emit("answer", adopted.push(held)),
      onNotTaken: (held) => answers.emit("answer", notTaken.push(held)),
      onBroken: () => answers.emit("answer"),
    });
    cleanUps.push(() => channel.close().orphans.forEach((held) => sys.close(held.descriptor)));
    return { child, channel, adopted, notTaken, answered: () => once(answers, "answer") };
  }

  /** A client that has sent `bytes`, and its socket in the primary. */
  async function heldClient(bytes: string): Promise<{ client: Socket; held: HeldSocket }> {
    const client = connect(port, "127.0.0.1");
    client.on("error", () => {});
    cleanUps.push(() => client.destroy());
    await once(client, "connect");
    await new Promise((resolve) => client.write(bytes, resolve));
    const descriptor = sys.accept(listener, Buffer.alloc(SOCKET_ADDRESS_BYTES));
    return { client, held: { descriptor, address: Uint8Array.of(127, 0, 0, 1) } };
  }

  it("hands a socket with unread bytes over, and keeps nothing of it", async () => {
    const worker = await startWorker("adopt");
    const before = openDescriptors();
    const { client, held } = await heldClient(request);
    worker.channel.hand(held);
    expect(worker.channel.connections).toBe(1);
    await worker.answered();
    expect(worker.adopted).toEqual([held]);
    expect(worker.channel.held).toBe(0);
    expect(await text(client)).toContain(`\r\n${worker.child.pid}`);
    await once(client, "close");
    expect(openDescriptors()).toBe(before);
  });

  it("counts connections by the worker's reports once they close", async () => {
    const worker = await startWorker("adopt");
    const { client, held } = await heldClient("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    worker.channel.hand(held);
    await worker.answered();
    await once(client, "data");
    expect(worker.channel.connections).toBe(1);
    client.destroy();
    await expect.poll(() => worker.channel.connections).toBe(0);
  });

  it("gets a socket back that the app did not take, unread", async () => {
    const worker = await startWorker("refuse");
    const { held } = await heldClient(request);
    worker.channel.hand(held);
    await worker.answered();
    expect(worker.notTaken).toEqual([held]);
    expect(sys.isUnread(held.descriptor)).toBe(true);
    sys.close(held.descriptor);
  });

  it("gets sockets back from a worker that can open no more descriptors", async () => {
    const worker = await startWorker("full", "100");
    const { held } = await heldClient(request);
    const second = await heldClient(request);
    worker.channel.hand(held);
    worker.channel.hand(second.held);
    while (worker.notTaken.length < 2) await worker.answered();
    expect(worker.notTaken).toEqual([held, second.held]);
    for (const { descriptor } of worker.notTaken) sys.close(descriptor);
  });

  it("gets a socket back from a worker that died before it answered or read", async () => {
    const worker = await startWorker("die-before");
    const { held } = await heldClient(request);
    worker.channel.hand(held);
    await once(worker.child, "exit");
    expect(worker.channel.close()).toEqual({ orphans: [held], lost: 0 });
    sys.close(held.descriptor);
  });

  it("gets everything back that was never sent, from a worker that is gone", async () => {
    const worker = await startWorker("adopt");
    const { held } = await heldClient(request);
    worker.child.kill("SIGKILL");
    await once(worker.child, "exit");
    worker.channel.hand(held);
    await worker.answered();
    expect(worker.channel.close()).toEqual({ orphans: [held], lost: 0 });
    sys.close(held.descriptor);
  });

  it("closes a socket that a dead worker has begun to read", async () => {
    const worker = await startWorker("read-and-die");
    const { client, held } = await heldClient(request);
    worker.channel.hand(held);
    const closed = new Promise((resolve) => client.once("close", resolve));
    await once(worker.child, "exit");
    expect(worker.channel.close()).toEqual({ orphans: [], lost: 1 });
    await closed;
  });

  it("waits for a stopped worker, and delivers everything once it goes on", async () => {
    const worker = await startWorker("adopt");
    worker.child.kill("SIGSTOP");
    const clients: Socket[] = [];
    while (!worker.channel.isFull) {
      const { client, held } = await heldClient(request);
      clients.push(client);
      worker.channel.hand(held);
    }
    expect(worker.channel.connections).toBe(512);
    worker.child.kill("SIGCONT");
    const answers = await Promise.all(clients.map((client) => text(client)));
    expect(answers.filter((answer) => answer.startsWith("HTTP/1.1 200"))).toHaveLength(512);
    await expect.poll(() => worker.channel.connections).toBe(0);
    expect(worker.notTaken).toEqual([]);
  });
});
