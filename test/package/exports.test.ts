import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };

/** The names that a built entry point exports. */
async function namesOf(entry: keyof typeof packageJson.exports): Promise<string[]> {
  const target = packageJson.exports[entry];
  if (typeof target === "string") throw new Error(`${entry} is no module`);
  const module: object = await import(new URL(`../../${target.default}`, import.meta.url).href);
  return Object.keys(module).toSorted((a, b) => a.localeCompare(b));
}

describe("the published package", () => {
  it("has these entry points", () => {
    expect(Object.keys(packageJson.exports)).toMatchInlineSnapshot(`
      [
        ".",
        "./safety",
        "./client",
        "./uws",
        "./package.json",
      ]
    `);
  });

  it("exports these names from rollcage", async () => {
    expect(await namesOf(".")).toMatchInlineSnapshot(`
      [
        "createConsistentHashLoadBalancer",
        "createRedisBackplane",
        "createResourceAwareLoadBalancer",
        "default",
        "defaultLoadBalancer",
        "express",
        "expressDefault",
        "getServerConfig",
        "guard",
        "leastConnectionsLoadBalancer",
        "numSubscribers",
        "powerOfTwoLoadBalancer",
        "publish",
        "reloadServer",
        "resourceAwareLoadBalancer",
        "RollcageError",
        "roundRobinLoadBalancer",
        "serverEvents",
        "setServerConfig",
        "startServer",
        "stopServer",
      ]
    `);
  });

  it("exports these names from rollcage/safety", async () => {
    expect(await namesOf("./safety")).toMatchInlineSnapshot(`
      [
        "createApp",
        "createSafety",
        "FileFlags",
        "fromConnect",
        "HandlerFlags",
        "HttpError",
        "parseBody",
        "parseForm",
        "parseJson",
        "parseMultipart",
        "parseText",
        "PluginPriority",
        "RequestMethod",
        "safeHandler",
        "SafetyError",
        "safeWebSocket",
        "serveStatic",
      ]
    `);
  });

  it("exports these names from rollcage/client", async () => {
    expect(await namesOf("./client")).toMatchInlineSnapshot(`
      [
        "connect",
        "loadBrotliDecoder",
      ]
    `);
  });

  it("exports these names from rollcage/uws", async () => {
    expect(await namesOf("./uws")).toMatchInlineSnapshot(`
      [
        "App",
        "DEDICATED_COMPRESSOR",
        "DEDICATED_COMPRESSOR_128KB",
        "DEDICATED_COMPRESSOR_16KB",
        "DEDICATED_COMPRESSOR_256KB",
        "DEDICATED_COMPRESSOR_32KB",
        "DEDICATED_COMPRESSOR_3KB",
        "DEDICATED_COMPRESSOR_4KB",
        "DEDICATED_COMPRESSOR_64KB",
        "DEDICATED_COMPRESSOR_8KB",
        "DEDICATED_DECOMPRESSOR",
        "DEDICATED_DECOMPRESSOR_16KB",
        "DEDICATED_DECOMPRESSOR_1KB",
        "DEDICATED_DECOMPRESSOR_2KB",
        "DEDICATED_DECOMPRESSOR_32KB",
        "DEDICATED_DECOMPRESSOR_4KB",
        "DEDICATED_DECOMPRESSOR_512B",
        "DEDICATED_DECOMPRESSOR_8KB",
        "default",
        "DISABLED",
        "getParts",
        "LIBUS_LISTEN_EXCLUSIVE_PORT",
        "SHARED_COMPRESSOR",
        "SHARED_DECOMPRESSOR",
        "SSLApp",
        "us_listen_socket_close",
        "us_socket_local_port",
      ]
    `);
  });
});
