import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type * as fileSystem from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openFile } from "../../../safety/static/open-file.ts";

/** Called with the name of each look at the file system, just before it. */
const hook = vi.hoisted(() => ({ before: (_call: string, _path: string): void => {} }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof fileSystem>();
  const hooked =
    <Args extends [unknown, ...unknown[]], Result>(call: string, run: (...args: Args) => Result) =>
    (...args: Args): Result => {
      hook.before(call, String(args[0]));
      return run(...args);
    };
  return {
    ...real,
    open: hooked("open", real.open as (...args: [unknown, ...unknown[]]) => unknown),
    realpath: hooked("realpath", real.realpath as (...args: [unknown, ...unknown[]]) => unknown),
    stat: hooked("stat", real.stat as (...args: [unknown, ...unknown[]]) => unknown),
  };
});

let folder: string;
const at = (name: string): string => path.join(folder, name);
const replace = (make: (file: string) => void): void => {
  rmSync(at("site/page"), { force: true });
  make(at("site/page"));
};
const leadOut = () => replace((file) => symlinkSync(at("secret"), file));
const leadNowhere = () => replace((file) => writeFileSync(file, "page"));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "rollcage-open-"));
  writeFileSync(at("secret"), "secret");
  mkdirSync(at("site"));
});

afterEach(() => {
  hook.before = () => {};
  rmSync(folder, { recursive: true });
});

it.runIf(process.platform === "linux")(
  "opens nothing outside, although a link is put there and taken away between two looks",
  async () => {
    leadOut();
    hook.before = (call, file) => {
      if (!file.startsWith(at("site/page"))) return;
      if (call === "realpath") leadNowhere();
      else leadOut();
    };
    const opened = await openFile({ directory: at("site"), path: "page", confined: true });
    if (typeof opened !== "string") await opened.handle.close();
    expect(opened).toBe("missing");
  },
);

it("opens a file that lies inside", async () => {
  leadNowhere();
  const opened = await openFile({ directory: at("site"), path: "page", confined: true });
  if (typeof opened === "string") throw new TypeError(`got ${opened}`);
  expect(await opened.handle.readFile("utf8")).toBe("page");
  await opened.handle.close();
});
