import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { descriptorOf } from "../../../src/native/descriptor-of.ts";
import { readSocketAddress, SOCKET_ADDRESS_BYTES } from "../../../src/native/memory-layout.ts";
import { loadSyscalls, type Syscalls } from "../../../src/native/syscalls.ts";

const { EAGAIN, EBADF } = constants.errno;
const syscallsUrl = new URL("../../../src/native/syscalls.ts", import.meta.url).href;
const loaded = loadSyscalls();

describe.skipIf(loaded === undefined)("Syscalls", () => {
  const sys: Syscalls = loaded!;
  const closing: (() => void)[] = [];
  let server: Server;
  let listener: number;
  let port: number;

  beforeEach(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" ? address!.port : 0;
    listener = sys.duplicate(descriptorOf(server)!);
    // From here on the connections are ours.
    server.close();
    closing.push(() => sys.close(listener));
  });

  afterEach(() => {
    for (const close of closing.splice(0).toReversed()) close();
  });

  const readable = (descriptor: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = sys.poll(descriptor, () => {
        stop();
        resolve();
      });
    });

  async function connection(): Promise<{ client: Socket; accepted: number; address: Buffer }> {
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    closing.push(() => client.destroy());
    await readable(listener);
    const address = Buffer.alloc(SOCKET_ADDRESS_BYTES);
    const accepted = sys.accept(listener, address);
    closing.push(() => sys.close(accepted));
    return { client, accepted, address };
  }

  it("accepts a connection with its peer's address, and then has none", async () => {
    const { client, accepted, address } = await connection();
    expect(accepted).toBeGreaterThan(2);
    const peer = readSocketAddress(address);
    expect([...peer!.bytes]).toEqual([127, 0, 0, 1]);
    expect(peer!.port).toBe(client.localPort);
    expect(sys.accept(listener, address)).toBe(-EAGAIN);
  });

  it("peeks without taking, and tells whether anything was read", async () => {
    const { client, accepted } = await connection();
    const into = Buffer.alloc(64);
    expect(sys.peek(accepted, into)).toBe(-EAGAIN);
    client.write("hello");
    await readable(accepted);
    expect(sys.peek(accepted, into)).toBe(5);
    expect(sys.peek(accepted, into)).toBe(5);
    expect(into.toString("latin1", 0, 5)).toBe("hello");
    expect(sys.isUnread(accepted)).toBe(true);
    expect(sys.receive(accepted, into.subarray(0, 1))).toBe(1);
    expect(sys.isUnread(accepted)).toBe(false);
  });

  it("counts a FIN neither as read nor as unread", async () => {
    const { client, accepted } = await connection();
    client.end("hello");
    await once(client, "finish");
    const into = Buffer.alloc(64);
    expect(sys.peek(accepted, into)).toBe(5);
    expect(sys.isUnread(accepted)).toBe(true);
    expect(sys.receive(accepted, into)).toBe(5);
    expect(sys.receive(accepted, into)).toBe(0);
    expect(sys.isUnread(accepted)).toBe(false);
  });

  it("reports more bytes once, although nobody takes the earlier ones", async () => {
    const { client, accepted } = await connection();
    const epoll = sys.createEpoll();
    closing.push(() => sys.close(epoll));
    expect(sys.watchArrivals(epoll, accepted)).toBe(0);
    for (const piece of ["GET ", "/ "]) {
      client.write(piece);
      await readable(epoll);
      expect(sys.arrivals(epoll)).toEqual([{ socket: accepted, ended: false }]);
      expect(sys.arrivals(epoll)).toEqual([]);
    }
    client.end();
    await readable(epoll);
    expect(sys.arrivals(epoll)).toEqual([{ socket: accepted, ended: true }]);
    expect(sys.unwatch(epoll, accepted)).toBe(0);
    expect(sys.watchArrivals(epoll, accepted)).toBe(0);
  });

  it("passes descriptors with the bytes that belong to them", async () => {
    const { client, accepted } = await connection();
    const pair = sys.socketPair();
    if (typeof pair === "number") throw new Error(`errno ${-pair}`);
    const [left, right] = pair;
    closing.push(
      () => sys.close(left),
      () => sys.close(right),
    );
    expect(sys.sendDescriptors(left, Buffer.from("abc"), [accepted, accepted])).toBe(3);
    const { bytes, data, descriptors } = sys.receiveDescriptors(right);
    expect([bytes, data.toString()]).toEqual([3, "abc"]);
    expect(descriptors).toHaveLength(2);
    expect(sys.send(descriptors[0]!, Buffer.from("hi"))).toBe(2);
    for (const descriptor of descriptors) expect(sys.close(descriptor)).toBe(0);
    expect(String((await once(client, "data"))[0])).toBe("hi");
    expect(sys.receiveDescriptors(right).bytes).toBe(-EAGAIN);
  });

  it("receives fewer descriptors at the limit of the process, and no more than that goes wrong", () => {
    const script = `
      import { closeSync, openSync } from "node:fs";
      import { loadSyscalls } from ${JSON.stringify(syscallsUrl)};
      const sys = loadSyscalls();
      const [left, right] = sys.socketPair();
      sys.sendDescriptors(left, Buffer.from("abc"), [0, 0, 0]);
      const opened = [];
      try { for (;;) opened.push(openSync("/dev/null")); } catch {}
      closeSync(opened.pop());
      const { bytes, descriptors } = sys.receiveDescriptors(right);
      closeSync(opened.pop());
      console.log(bytes, descriptors.length);
    `;
    const limited = [
      "-c",
      'ulimit -n 64; exec "$0" --input-type=module -e "$1"',
      process.execPath,
      script,
    ];
    const { stdout, stderr } = spawnSync("sh", limited, { encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["3 1\n", ""]);
  });

  it("returns the errno as a negative number", () => {
    expect(sys.close(-1)).toBe(-EBADF);
    expect(sys.peek(-1, Buffer.alloc(1))).toBe(-EBADF);
    expect(sys.isUnread(-1)).toBe(false);
  });

  it("ends a process with its parent, also one that was killed", async () => {
    const child = `
      const { loadSyscalls } = await import(${JSON.stringify(syscallsUrl)});
      process.exitCode = loadSyscalls().setParentDeathSignal("SIGTERM");
      process.once("SIGTERM", () => { console.log("told"); process.exit(); });
      setInterval(() => {}, 1000);
      console.log("ready");
    `;
    const parent = `
      const { spawn } = require("node:child_process");
      spawn(process.execPath, ["--input-type=module", "-e", process.argv[1]], { stdio: "inherit" });
    `;
    const running = spawn(process.execPath, ["-e", parent, child], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    closing.push(() => running.kill("SIGKILL"));
    const output = running.stdout.setEncoding("utf8");
    expect((await once(output, "data"))[0]).toBe("ready\n");
    running.kill("SIGKILL");
    expect((await once(output, "data"))[0]).toBe("told\n");
  });
});
