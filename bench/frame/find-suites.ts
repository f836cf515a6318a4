import { existsSync, readdirSync } from "node:fs";
import type { Suite } from "./suite.ts";

const BENCH = new URL("../", import.meta.url);

/** Every folder of `bench/` with a `suite.ts`; all of them, or those asked for. */
export async function findSuites(names: readonly string[] = []): Promise<Suite[]> {
  const found = readdirSync(BENCH).filter(
    (name) => name !== "frame" && existsSync(new URL(`${name}/suite.ts`, BENCH)),
  );
  const unknown = names.filter((name) => !found.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(`no such suite: ${unknown.join(", ")}; there are ${found.join(", ")}`);
  }
  const wanted = found.filter((name) => names.length === 0 || names.includes(name));
  return Promise.all(
    wanted.map(async (name) => {
      const module = (await import(new URL(`${name}/suite.ts`, BENCH).href)) as { default: Suite };
      return module.default;
    }),
  );
}
