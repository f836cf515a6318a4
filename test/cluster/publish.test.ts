import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";

const fixture = fileURLToPath(new URL("../fixtures/publish-app.ts", import.meta.url));

interface Answer {
  readonly port?: number;
  readonly pid?: number;
  readonly count?: number;
  readonly remoteAddress?: string;
  readonly published?: number;
}

/** A client that keeps what it gets, apart from the answers to its own commands. */
class Client {
  readonly socket: WebSocket;
  readonly got: (string | Buffer)[] = [];
  pid = 0;
  readonly #answers: ((answer: Answer) => void)[] = [];

  constructor(port: number, localAddress = "127.0.0.1") {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}`, { localAddress });
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.got.push(data);
      else if (data[0] === 0x7b) this.#answers.shift()?.(JSON.parse(data.toString()) as Answer);
      else this.got.push(data.toString());
    });
  }

  async subscribe(topic: string): Promise<this> {
    await once(this.socket, "open");
    this.pid = (await this.ask({ subscribe: topic })).pid ?? 0;
    return this;
  }

  async ask(command: object): Promise<Answer> {
    this.socket.send(JSON.stringify(command));
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  async until(count: number): Promise<(string | Buffer)[]> {
    await vi.waitUntil(() => this.got.length >= count, { timeout: 30_000, interval: 5 });
    return this.got;
  }
}

interface Count {
  received: number;
  /** The number that must come next. */
  next: number;
  outOfOrder: number;
}

/** Counts messages that are numbers in a row, beginning with 0, or with any where the client came later. */
function countInOrder({ socket }: Client, fromAny = false): Count {
  const count: Count = { received: 0, next: fromAny ? Number.NaN : 0, outOfOrder: 0 };
  socket.on("message", (data: Buffer) => {
    const number = Number(data.toString());
    if (Number.isNaN(number)) return;
    if (number !== count.next && !Number.isNaN(count.next)) count.outOfOrder++;
    count.next = number + 1;
    count.received++;
  });
  return count;
}

describe("publish", () => {
  const running: ChildProcess[] = [];
  const clients: Client[] = [];
  /** For tests that leave it as they found it. */
  let shared: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    shared = await start();
    running.length = 0;
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    for (const child of running.splice(0)) await end(child);
  });
  afterAll(async () => end(shared.child));

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async function start(
    env: Record<string, string> = {},
  ): Promise<{ child: ChildProcess; port: number }> {
    const child = fork(fixture, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    running.push(child);
    const [{ port }] = (await once(child, "message")) as [Answer];
    return { child, port: port ?? 0 };
  }

  async function ask(child: ChildProcess, command: object): Promise<Answer> {
    child.send(command);
    const [answer] = (await once(child, "message")) as [Answer];
    return answer;
  }

  /** Subscribers of one topic, at least one in each of the two workers. */
  async function subscribe(port: number, count: number, topic: string): Promise<Client[]> {
    const made = Array.from({ length: count }, () => new Client(port));
    clients.push(...made);
    await Promise.all(made.map(async (client) => client.subscribe(topic)));
    expect(new Set(made.map(({ pid }) => pid)).size).toBe(2);
    return made;
  }

  it("reaches the subscribers in all workers, in the order of the publisher, each once", async () => {
    const { port } = shared;
    const subscribers = await subscribe(port, 6, "t");
    const [publisher] = subscribers;
    await publisher!.ask({ publish: "t", text: "n", times: 500 });
    const expected = Array.from({ length: 500 }, (_, index) => `n${index}`);
    for (const client of subscribers) expect(await client.until(500)).toEqual(expected);
  });

  it("reaches them from the primary", async () => {
    const { child, port } = shared;
    const subscribers = await subscribe(port, 4, "t");
    expect(await ask(child, { publish: "t", text: "from the primary" })).toEqual({ published: 1 });
    for (const client of subscribers) expect(await client.until(1)).toEqual(["from the primary"]);
  });

  it("carries bytes as they are", async () => {
    const { port } = shared;
    const subscribers = await subscribe(port, 4, "t");
    const bytes = [0, 255, 128, 10, 13, 0];
    await subscribers[0]!.ask({ publish: "t", bytes });
    for (const client of subscribers) expect(await client.until(1)).toEqual([Buffer.from(bytes)]);
  });

  it("keeps topics apart", async () => {
    const { child, port } = shared;
    const [a, b] = [await subscribe(port, 4, "a"), await subscribe(port, 4, "b")];
    await ask(child, { publish: "a", text: "for a" });
    await ask(child, { publish: "b", text: "for b" });
    for (const client of a) expect(await client.until(1)).toEqual(["for a"]);
    for (const client of b) expect(await client.until(1)).toEqual(["for b"]);
  });

  it("goes on after a worker has died and another has taken its place", async () => {
    const { child, port } = await start();
    const before = await subscribe(port, 4, "t");
    const [victim] = before;
    const lost = before.filter(({ pid }) => pid === victim!.pid);
    const closed = Promise.all(lost.map(async ({ socket }) => once(socket, "close")));
    victim!.socket.send(JSON.stringify({ exit: true }));
    await closed;
    const after = await subscribeInTwoWorkers(port, victim!.pid);
    await ask(child, { publish: "t", text: "still here" });
    const survivors = before.filter(({ pid }) => pid !== victim!.pid);
    for (const client of [...survivors, ...after]) {
      expect(await client.until(1)).toEqual(["still here"]);
    }
  });

  /** New clients until one of them is in a worker that was not there before. */
  async function subscribeInTwoWorkers(port: number, deadPid: number): Promise<Client[]> {
    const made: Client[] = [];
    do {
      const client = new Client(port);
      clients.push(client);
      made.push(await client.subscribe("t"));
    } while (new Set(made.map(({ pid }) => pid)).size < 2);
    expect(made.map(({ pid }) => pid)).not.toContain(deadPid);
    return made;
  }

  it("delivers 1 000 messages to 1 000 subscribers: none lost, none twice", async () => {
    const { child, port } = shared;
    const subscribers = await subscribe(port, 1_000, "t");
    const counts = subscribers.map((client) => countInOrder(client));
    await ask(child, { publish: "t", times: 1_000 });
    await vi.waitUntil(() => counts.every(({ next }) => next === 1_000), {
      timeout: 50_000,
      interval: 20,
    });
    expect(counts.filter(({ outOfOrder }) => outOfOrder > 0)).toEqual([]);
    const deliveries = counts.reduce((sum, { received }) => sum + received, 0);
    expect(deliveries).toBe(1_000_000);
  });

  it("loses nothing between the first and the last message of a connection while workers are replaced", async () => {
    const { child, port } = await start();
    const subscribers = await subscribe(port, 100, "t");
    const before = new Set(subscribers.map(({ pid }) => pid));
    const connections = subscribers.map((client) => countInOrder(client, true));
    /** Comes back until it is in a worker that was not there before. */
    const comeBack = async (client: Client): Promise<Client> => {
      await once(client.socket, "close");
      const next = new Client(port);
      clients.push(next);
      connections.push(countInOrder(next, true));
      await next.subscribe("t");
      return before.has(next.pid) ? comeBack(next) : next;
    };
    const reconnected = Promise.all(subscribers.map(comeBack));
    let published = 0;
    const publisher = setInterval(() => {
      child.send({ publish: "t", text: String(published++) });
    }, 1);
    child.send({ reload: true });
    const after = await reconnected.finally(() => clearInterval(publisher));
    // What the publisher says last reaches everybody who is back, once.
    child.send({ publish: "t", text: "end" });
    for (const { got } of after)
      await vi.waitUntil(() => got.at(-1) === "end", { timeout: 30_000 });
    expect(after.flatMap(({ got }) => got.filter((text) => text === "end"))).toHaveLength(100);
    expect(published).toBeGreaterThan(10);
    expect(connections.length).toBeGreaterThanOrEqual(200);
    expect(connections.filter(({ outOfOrder }) => outOfOrder > 0)).toEqual([]);
    expect(connections.slice(0, 100).every(({ received }) => received > 0)).toBe(true);
  });

  it("carries what a worker publishes at its end, when its last socket closes", async () => {
    const { child, port } = await start();
    const [one, other] = await subscribe(port, 2, "left");
    const closed = [one!, other!].map(async (client) =>
      once(client.socket, "close").then(() => client),
    );
    child.send({ reload: true });
    const first = await Promise.race(closed);
    const second = first === one ? other! : one!;
    // Its worker is replaced later: the closing of its own connection comes last.
    await Promise.all(closed);
    expect(second.got).toContain(String(first.pid));
  });

  it.each(["handoff", "reuseport", "proxy"])(
    "works under the transport %s, where sockets know their client's address",
    async (transport) => {
      const { child, port } = await start({ TRANSPORT: transport });
      const client = new Client(port, "127.0.0.2");
      clients.push(client);
      await client.subscribe("t");
      expect(await client.ask({})).toMatchObject({ remoteAddress: "127.0.0.2" });
      await ask(child, { publish: "t", text: "hello" });
      expect(await client.until(1)).toEqual(["hello"]);
    },
  );

  it("does not wait for a worker that hangs: its share is bounded, and a line says what it misses", async () => {
    const { child, port } = await start();
    const subscribers = await subscribe(port, 4, "t");
    const { pid, got } = subscribers[0]!;
    const others = subscribers.filter((client) => client.pid !== pid);
    const logged: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => logged.push(chunk.toString()));
    process.kill(pid, "SIGSTOP");
    try {
      // 48 MiB, no faster than those who read.
      for (let published = 16; published <= 768; published += 16) {
        await ask(child, { publish: "t", text: ".".repeat(65_536), times: 16 });
        for (const client of others) await client.until(published);
      }
      expect(logged.join("")).toMatch(
        new RegExp(`worker with pid ${pid} does not keep up .*, and misses messages`, "u"),
      );
      expect(await ask(child, { count: "t" })).toEqual({ count: others.length });
    } finally {
      process.kill(pid, "SIGCONT");
    }
    // It goes on where it can once it is back.
    await vi.waitUntil(async () => (await ask(child, { count: "t" })).count === 4, {
      timeout: 30_000,
    });
    await ask(child, { publish: "t", text: "welcome back" });
    await vi.waitUntil(() => got.at(-1) === "welcome back", { timeout: 30_000 });
    expect(got.length).toBeLessThan(768);
  });

  it("does nothing before startServer", async () => {
    const { numSubscribers, publish } = await import("../../src/index.ts");
    expect(publish("t", "x")).toBeUndefined();
    expect(await numSubscribers("t")).toBe(0);
  });

  describe("numSubscribers", () => {
    it("counts over all workers, asked in a worker or in the primary", async () => {
      const { child, port } = shared;
      const subscribers = await subscribe(port, 6, "counted");
      expect(await ask(child, { count: "counted" })).toEqual({ count: 6 });
      expect(await subscribers[0]!.ask({ count: "counted" })).toMatchObject({ count: 6 });
      expect(await subscribers[0]!.ask({ count: "nobody" })).toMatchObject({ count: 0 });
    });
  });
});
