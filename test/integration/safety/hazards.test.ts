import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { exchangeRaw, isComplete, parseAnswer } from "../../helpers/raw-client.ts";

type Form = "raw" | "safe";

interface Hazard {
  readonly child: ChildProcess;
  readonly port: number;
  /** How the process ended, once it has. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it said, apart from its port. */
  readonly said: string[];
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(hazard: string, form: Form): Promise<Hazard> {
  const script = new URL("../../fixtures/hazards/server.ts", import.meta.url);
  const child = fork(script, [hazard, form], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  children.push(child);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? code ?? -1));
  });
  const dead = ended.then((how) => Promise.reject(new Error(`the server did not start: ${how}`)));
  const [{ port }] = (await Promise.race([once(child, "message"), dead])) as [{ port: number }];
  const said: string[] = [];
  child.on("message", (message) => said.push(String(message)));
  return { child, port, ended, said };
}

const get = "GET /hazard?a%0d%0ax-evil:%20b HTTP/1.1\r\nhost: x\r\n\r\n";
const post = "POST /hazard HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc";

const request = ({ port }: Hazard, piece = get) =>
  exchangeRaw(port, { pieces: [piece], until: isComplete });

async function isAlive({ port }: Hazard): Promise<boolean> {
  const { text } = await exchangeRaw(port, {
    pieces: ["GET /alive HTTP/1.1\r\nhost: x\r\n\r\n"],
    until: isComplete,
  });
  return text.endsWith("alive");
}

/** Leaves in the middle of a request, and waits until the server has noticed. */
async function leave(hazard: Hazard, noticed: string): Promise<void> {
  const said = new Promise<void>((resolve) => {
    hazard.child.on("message", (message) => {
      if (message === "waiting") client.destroy();
      if (message === noticed) resolve();
    });
  });
  const client = net.connect(hazard.port, "127.0.0.1");
  client.write(get);
  await said;
}

describe("the hazards of a raw handler", () => {
  it.each([
    ["returns without an answer", "no-answer", "SIGABRT"],
    ["throws, though uncaughtException is listened to,", "sync-throw", "SIGABRT"],
    ["ends twice", "end-twice", 1],
    ["reads the request after an await", "request-after-await", 1],
    ["throws when a part is out", "throw-after-write", 1],
  ])("end the process when it %s", async (_, hazard, end) => {
    const raw = await start(hazard, "raw");
    void request(raw);
    expect(await raw.ended).toBe(end);
  });

  it("end the process when it answers a client that is gone", async () => {
    const raw = await start("use-after-abort", "raw");
    await leave(raw, "aborted");
    raw.child.send("go on");
    expect(await raw.ended).toBe(1);
  });

  it("let the client wait for ever when it asks for the body too late", async () => {
    const raw = await start("late-body", "raw");
    const answered = request(raw, post).then(() => "answered");
    expect(await Promise.race([answered, delay(1_000, "still waiting")])).toBe("still waiting");
  });

  it("lose the first abort listener to the second", async () => {
    const raw = await start("two-abort-listeners", "raw");
    await leave(raw, "second");
    expect(raw.said).not.toContain("first");
  });

  it("write a header into the body when it closes behind a part", async () => {
    const raw = await start("close-in-body", "raw");
    expect((await request(raw)).text).toContain("bodyConnection: close");
  });

  it("let a value write headers of its own", async () => {
    const raw = await start("header-injection", "raw");
    expect(parseAnswer((await request(raw)).text).headers).toHaveProperty("x-evil");
  });
});

describe("safeHandler", () => {
  it.each([
    ["returns without an answer", "no-answer", 500],
    ["throws", "sync-throw", 500],
    ["ends twice", "end-twice", 200],
    ["reads the request after an await", "request-after-await", 200],
    ["lets a value write headers of its own", "header-injection", 500],
  ])("answers when the handler %s, and serves on", async (_, hazard, status) => {
    const safe = await start(hazard, "safe");
    expect(parseAnswer((await request(safe)).text).status).toBe(status);
    expect(await isAlive(safe)).toBe(true);
  });

  it("closes the connection when the handler throws with a part out, and serves on", async () => {
    const safe = await start("throw-after-write", "safe");
    const { text, closed } = await request(safe);
    expect(isComplete(text)).toBe(false);
    expect(closed).toBe(true);
    expect(await isAlive(safe)).toBe(true);
  });

  it("ignores an answer to a client that is gone", async () => {
    const safe = await start("use-after-abort", "safe");
    await leave(safe, "aborted");
    safe.child.send("go on");
    expect(await isAlive(safe)).toBe(true);
  });

  it("keeps the body for a handler that asks late", async () => {
    const safe = await start("late-body", "safe");
    expect(parseAnswer((await request(safe, post)).text).body).toBe("abc");
  });

  it("calls every abort listener", async () => {
    const safe = await start("two-abort-listeners", "safe");
    await leave(safe, "second");
    expect(safe.said).toEqual(["waiting", "first", "second"]);
  });

  it("ends a body in chunks without a header in it", async () => {
    const safe = await start("close-in-body", "safe");
    expect(parseAnswer((await request(safe)).text).body).toBe("body");
  });
});
