import { defineConfig, type ViteUserConfig } from "vitest/config";

const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project("unit"),
      project("integration", { testTimeout: 20_000, pool: "forks" }),
      // Real worker processes: one file at a time, so that they do not starve each other.
      project("cluster", {
        testTimeout: 60_000,
        hookTimeout: 60_000,
        pool: "forks",
        fileParallelism: false,
      }),
      project("package", {
        testTimeout: 300_000,
        hookTimeout: 300_000,
        pool: "forks",
        fileParallelism: false,
      }),
      project("browser", {
        testTimeout: 60_000,
        hookTimeout: 60_000,
        pool: "forks",
        fileParallelism: false,
      }),
    ],
  },
});

export default config;
