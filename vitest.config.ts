import { defineConfig, type ViteUserConfig } from "vitest/config";

const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

/** Real processes, and builds: one file at a time, so that they do not starve each other. */
const serial = (timeoutMs: number) => ({
  testTimeout: timeoutMs,
  hookTimeout: timeoutMs,
  fileParallelism: false,
});

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project("unit"),
      project("integration", { testTimeout: 20_000 }),
      project("cluster", serial(60_000)),
      project("package", serial(300_000)),
      project("browser", serial(60_000)),
    ],
  },
});

export default config;
