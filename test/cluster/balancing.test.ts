import { describe, expect, it } from "vitest";
import { ask } from "../helpers/http-client.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";

/** How many of so many new connections each process got. */
async function share(server: TestServer, connections: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let index = 0; index < connections; index++) {
    const { text } = await ask(server.port);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

describe("startServer with a balancer", () => {
  it("splits 100 connections evenly by round robin", async () => {
    const server = await startTestServer({ app: "http.Server", balancer: "roundRobin" });
    expect([...(await share(server, 100)).values()]).toEqual([50, 50]);
  });

  it.each(["leastConnections", "resourceAware", "powerOfTwo"] as const)(
    "uses both workers under %s",
    async (balancer) => {
      const server = await startTestServer({ app: "http.Server", balancer });
      // Connections that stay open: each makes its worker the more loaded one.
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => ask(server.port, "/slow?200")),
      );
      expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
    },
  );

  it("keeps a key on its worker, and moves only the keys of a worker that dies", async () => {
    const server = await startTestServer({
      app: "http.Server",
      balancer: "hashByUser",
      config: { workers: 3, respawnWorkers: false },
    });
    const users = Array.from({ length: 60 }, (_, index) => `user-${index}`);
    const workerOf = async (user: string) =>
      (await ask(server.port, "/", { headers: { "x-user": user } })).text;
    const before = new Map<string, string>();
    for (const user of users) before.set(user, await workerOf(user));
    expect(new Set(before.values()).size).toBe(3);
    for (const user of users) expect(await workerOf(user)).toBe(before.get(user));

    const victim = before.get(users[0]!)!;
    process.kill(Number(victim), "SIGKILL");
    await server.event("WORKER_EXIT");
    const moved: string[] = [];
    for (const user of users) {
      if ((await workerOf(user)) !== before.get(user)) moved.push(user);
    }
    expect(moved).toEqual(users.filter((user) => before.get(user) === victim));
  });

  it.each(["throws", "rejects", "junk", "hangs"] as const)(
    "loses no connection to a balancer that %s",
    async (balancer) => {
      const server = await startTestServer({ app: "http.Server", balancer });
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(server.port)));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
      await server.output.next(/expected one of the candidates from the balancer/);
    },
  );
});
