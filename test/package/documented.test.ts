import { inspect } from "node:util";
import { noopTelemetrySink } from "defuss-open-telemetry";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runInNewContext } from "node:vm";
import { roundRobinLoadBalancer } from "../../src/balancers/round-robin.ts";
import packageJson from "../../package.json" with { type: "json" };
import { resolveConfig } from "../../src/config/resolve.ts";
import type { ResolvedServerConfig, ServerConfigInput } from "../../src/config/options.ts";
import { codeIn, readmeTable } from "../helpers/readme.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("the error tables in the README", () => {
  it.each([
    ["RollcageError", "src/errors.ts", "RollcageErrorDetails"],
    ["SafetyError", "safety/errors.ts", "SafetyErrorDetails"],
  ])("have every code of %s with its details, and no other", (heading, file, details) => {
    const rows = readmeTable(`\`${heading}\``, "details").map(([code, names]) => [
      codeIn(code)[0],
      codeIn(names),
    ]);
    expect(Object.fromEntries(rows)).toEqual(readDetails(file, details));
  });
});

/** Codes and the names of their details, from the interface that declares them. */
function readDetails(file: string, name: string): Record<string, readonly string[]> {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const [, body] = new RegExp(`interface ${name} \\{\n(.*?)\n\\}`, "s").exec(source)!;
  const members = body!.matchAll(/^ {2}(\w+): \{(.*?)\};$/gms);
  return Object.fromEntries(
    Array.from(members, ([, code, fields]) => [
      code!,
      Array.from(fields!.matchAll(/(\w+)\??: /g), ([, field]) => field!),
    ]),
  );
}

describe("the dependency table in the README", () => {
  it("has every runtime dependency, and no other", () => {
    const { dependencies, optionalDependencies, peerDependencies } = packageJson;
    const installed = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    const named = readmeTable("dependency", "for").flatMap(([names]) => codeIn(names));
    expect(new Set(named)).toEqual(new Set(Object.keys(installed)));
  });
});

describe("the metrics table in the README", () => {
  it("has every metric that the code reports, with its kind and attributes, and no other", () => {
    const rows = readmeTable("metric", "kind").map(([name, kind, attributes]) => [
      codeIn(name)[0],
      { kind, attributes: codeIn(attributes) },
    ]);
    expect(Object.fromEntries(rows)).toEqual(readMetrics());
  });
});

/** Every call of the sink: its metric, and the keys of the attributes beside it. */
function readMetrics(): Record<string, { kind: string; attributes: readonly string[] }> {
  const kinds = { incrementCounter: "counter", recordHistogram: "histogram", setGauge: "gauge" };
  const calls = /\.(incrementCounter|recordHistogram|setGauge)\(\s*"(\w+)"([^;]*)\);/g;
  const source = globSync("src/**/*.ts", { cwd: root })
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");
  return Object.fromEntries(
    Array.from(source.matchAll(calls), ([, method, name, rest]) => {
      const [, attributes = ""] = /\{ (.*) \}$/.exec(rest!) ?? [];
      const keys = attributes.split(", ").filter(Boolean);
      return [
        name!,
        {
          kind: kinds[method as keyof typeof kinds],
          attributes: keys.map((key) => key.split(":")[0]!),
        },
      ];
    }),
  );
}

describe("the configuration table in the README", () => {
  const rows = readmeTable("key", "default").map(([key, value]) => ({
    key: codeIn(key)[0] as keyof ServerConfigInput,
    value: codeIn(value)[0],
  }));
  const config: ResolvedServerConfig = resolveConfig({}, {});

  it("has every key, and no other", () => {
    expect(new Set(rows.map(({ key }) => key))).toEqual(new Set(Object.keys(config)));
    expect(rows).toHaveLength(Object.keys(config).length);
  });

  it.each(rows.filter(({ value }) => value !== undefined))(
    "has the default of $key",
    ({ key, value }) => {
      const names = { console, noopTelemetrySink, roundRobinLoadBalancer };
      const written: unknown = runInNewContext(`(${value})`, names);
      const resolved = resolveConfig({ [key]: written }, {});
      expect(inspect(resolved[key])).toBe(inspect(config[key]));
    },
  );
});
