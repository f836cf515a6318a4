import { existsSync, readdirSync } from "node:fs";
import type { Suite } from "./suite.ts";

const BENCH = new URL("../", import.meta.url);

/** What a reader wants to know first, first; a suite that is not named here comes last. */
const READING_ORDER = [
  "peers",
  "transports",
  "scaling",
  "supervision",
  "safety",
  "create-app",
  "express",
  "websocket",
  "static",
  "payloads",
];

export function inReadingOrder<T extends { readonly name: string }>(suites: readonly T[]): T[] {
  const place = ({ name }: T): number => {
    const index = READING_ORDER.indexOf(name);
    return index === -1 ? READING_ORDER.length : index;
  };
  return suites.toSorted((a, b) => place(a) - place(b));
}

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
  const modules = (await Promise.all(
    wanted.map((name) => import(new URL(`${name}/suite.ts`, BENCH).href)),
  )) as { default: Suite }[];
  return inReadingOrder(modules.map((module) => module.default));
}
