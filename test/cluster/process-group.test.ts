import { describe, expect, it } from "vitest";
import { startTestServer } from "../helpers/test-server.ts";

describe("SIGTERM to the whole process group", () => {
  // Service managers do that. Which process hears of it first is chance, so it is tried a few times.
  it.each([0, 600])(
    "replaces no worker on the way to a stop, %i ms later",
    async (shutdownDelayMs) => {
      for (let round = 0; round < 3; round++) {
        const server = await startTestServer({ app: "listener", config: { shutdownDelayMs } });
        process.kill(-server.child.pid!, "SIGTERM");
        expect(await server.exit).toEqual({ code: 0, signal: null });
        expect(server.output.lines.join("\n")).not.toMatch(/replaced|WORKER_READY/);
      }
    },
  );
});
