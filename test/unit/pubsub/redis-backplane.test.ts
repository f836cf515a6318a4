import { afterEach, describe, expect, it, vi } from "vitest";
import { createRedisBackplane } from "../../../src/pubsub/redis-backplane.ts";

afterEach(() => {
  vi.doUnmock("ioredis");
});

describe("createRedisBackplane", () => {
  it("says what to install where ioredis is missing", async () => {
    vi.doMock("ioredis", () => {
      throw new Error("Cannot find package 'ioredis'");
    });
    const backplane = createRedisBackplane({ url: "redis://127.0.0.1:1" });
    const start = async (): Promise<void> => backplane.start(() => {});
    await expect(start()).rejects.toMatchObject({
      code: "ERR_ROLLCAGE_CONFIG_INVALID",
      details: { issues: [expect.stringContaining("npm install ioredis")] },
    });
  });
});
