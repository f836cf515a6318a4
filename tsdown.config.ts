import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: {
    index: "src/index.ts",
    uws: "src/uws.ts",
    safety: "safety/index.ts",
    client: "client/index.ts",
    "worker-preload": "src/worker/preload.ts",
  },
  format: "esm",
  platform: "node",
  target: "node22.12",
  dts: true,
  failOnWarn: true,
  // Dependencies stay outside by themselves. This one is none by name: engine/ stands for it.
  deps: { neverBundle: ["uWebSockets.js"] },
  publint: { level: "error" },
  attw: { profile: "esm-only", level: "error" },
});

export default config;
