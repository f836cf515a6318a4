import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { resolveConfig } from "../../src/config/resolve.ts";
import { Primary } from "../../src/primary/primary.ts";

it("leaves nothing behind when a backplane can neither be started nor closed", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const errors: unknown[][] = [];
  const config = resolveConfig({
    backplane: {
      start: () => Promise.reject(new Error("no broker")),
      publish() {},
      close: () => Promise.reject(new Error("not open")),
    },
    logger: { info() {}, error: (...words) => void errors.push(words) },
  });
  const handlers = () => process.listenerCount("SIGTERM") + process.listenerCount("exit");
  const handlersBefore = handlers();
  await expect(new Primary(createServer(), config).start()).rejects.toThrow("no broker");
  expect(handlers()).toBe(handlersBefore);
  expect(readdirSync(folder)).toEqual([]);
  expect(errors).toEqual([[expect.stringContaining("backplane"), new Error("not open")]]);
});
