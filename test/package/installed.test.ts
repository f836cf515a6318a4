// What a stranger does: installs the packed package into an empty folder, without git, and runs programs.
import { execFile, spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startProgram, type TestProgram } from "../helpers/test-server.ts";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** An empty folder, of a name that URLs encode, with the package in it, and a PATH on which there is node and npm, but no git. */
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  const temporary = realpathSync(mkdtempSync(path.join(tmpdir(), "rollcage-test-")));
  folder = path.join(temporary, "an äpp");
  const bin = path.join(temporary, "bin");
  mkdirSync(bin);
  mkdirSync(folder);
  symlinkSync(process.execPath, path.join(bin, "node"));
  for (const name of ["npm", "sh"]) symlinkSync(findOnPath(name), path.join(bin, name));
  env = { PATH: bin };

  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", temporary], {
    cwd: root,
  });
  const tarball = path.join(temporary, /"filename": "(.*?)"/.exec(stdout)![1]!);
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball];
  for (const name of ["basic.ts", "create-app.ts", "public"]) {
    cpSync(path.join(root, "examples", name), path.join(folder, name), { recursive: true });
  }
  await run(path.join(bin, "npm"), install, { cwd: folder, env: { ...process.env, ...env } });
});

afterAll(() => {
  if (folder !== undefined) rmSync(path.dirname(folder), { recursive: true });
});

function findOnPath(name: string): string {
  for (const directory of process.env["PATH"]?.split(path.delimiter) ?? []) {
    const file = path.join(directory, name);
    if (existsSync(file)) return realpathSync(file);
  }
  throw new Error(`${name} is not on the PATH`);
}

function write(name: string, code: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, code);
  return file;
}

/** Runs a program to its end. */
function runProgram(name: string, code: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [write(name, code)], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

async function startAndAsk(
  file: string,
  where = "/",
): Promise<{ program: TestProgram; answer: string }> {
  const program = startProgram(file, [], { ...env, PORT: "0" });
  const line = await program.output.next(/^http:/);
  const response = await fetch(new URL(where, line.split(" ", 1)[0]));
  return { program, answer: await response.text() };
}

async function expectCleanStop({ child, exit }: TestProgram): Promise<void> {
  child.kill("SIGTERM");
  expect(await exit).toEqual({ code: 0, signal: null });
}

/** Takes something of the installation away until the test ends. */
function remove(name: string): void {
  const file = path.join(folder, "node_modules", name);
  const away = path.join(folder, "away");
  renameSync(file, away);
  onTestFinished(() => renameSync(away, file));
}

/** As on a platform for which there is no binary. */
const removeBinaries = () => remove("uws-pack/dist/bin");

const printAddress = `
  if (result.mode === "primary") console.log("http://localhost:" + result.port);`;

describe("the installed package", () => {
  it("was installed without git", () => {
    expect(spawnSync("git", ["--version"], { env }).error).toMatchObject({ code: "ENOENT" });
  });

  it("runs the basic example", async () => {
    const { program, answer } = await startAndAsk(path.join(folder, "basic.ts"));
    expect(answer).toMatch(/^hello from process \d+\n$/);
    await expectCleanStop(program);
  });

  it("runs the example of createApp", async () => {
    const file = path.join(folder, "create-app.ts");
    const { program, answer } = await startAndAsk(file, "/static/");
    expect(answer).toContain("<title>rollcage</title>");
    await expectCleanStop(program);
  });

  it("can be required from CommonJS", async () => {
    const file = write(
      "server.cjs",
      `const { express, startServer } = require("rollcage");
      const app = express({ threads: 0 });
      app.get("/", (_req, res) => res.send("from CommonJS"));
      startServer(app).then((result) => {${printAddress}});`,
    );
    const { program, answer } = await startAndAsk(file);
    expect(answer).toBe("from CommonJS");
    await expectCleanStop(program);
  });

  it("has every entry point, for import and require", () => {
    const { stdout, stderr } = runProgram(
      "entries.mjs",
      `import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      for (const name of ["", "/safety", "/client", "/uws"]) {
        const imported = Object.keys(await import("rollcage" + name)).length;
        console.log(name, imported > 0, Object.keys(require("rollcage" + name)).length >= imported);
      }
      console.log(require("rollcage/package.json").name);`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe(
      " true true\n/safety true true\n/client true true\n/uws true true\nrollcage\n",
    );
  });

  it.each([
    ["nodenext", "nodenext"],
    ["node16", "node16"],
    ["esnext", "bundler"],
  ])("has types that compile, its dependencies' included: %s, %s", (module, resolution) => {
    const file = write(
      "types.ts",
      `import { express, startServer, type ServerConfigInput } from "rollcage";
      import * as safety from "rollcage/safety";
      import * as client from "rollcage/client";
      import uWS, { App } from "rollcage/uws";
      const config: ServerConfigInput = { workers: 2 };
      const app = express({ threads: 0 });
      app.get("/user/:id", (req, res) => void res.send(req.params.id.toUpperCase()));
      app.uwsApp.ws("/", { message: (socket, message) => void socket.send(message) });
      export const result = startServer(app, config);
      export { safety, client, uWS, App };`,
    );
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const modules = ["--module", module, "--moduleResolution", resolution];
    const options = ["--noEmit", "--strict", ...modules, "--target", "es2023", "--types", ""];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, file], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });
});

describe("the installed package without koffi", () => {
  it("serves through the proxy transport", async () => {
    remove("koffi");
    const { program, answer } = await startAndAsk(path.join(folder, "basic.ts"));
    expect(answer).toMatch(/^hello/);
    expect(program.output.lines.join("\n")).toContain("transport proxy");
    await expectCleanStop(program);
  });
});

describe("the installed package where no binary fits", () => {
  it("serves a node:http app", async () => {
    removeBinaries();
    const file = write(
      "http.mjs",
      `import { createServer } from "node:http";
      import { startServer } from "rollcage";
      const result = await startServer(createServer((_req, res) => res.end("from node:http")));
      ${printAddress}`,
    );
    const { program, answer } = await startAndAsk(file);
    expect(answer).toBe("from node:http");
    await expectCleanStop(program);
  });

  it.each([
    [
      "express()",
      'import { express } from "rollcage"; try { express(); } catch (e) { report(e); }',
    ],
    ["rollcage/uws", 'try { await import("rollcage/uws"); } catch (e) { report(e); }'],
  ])("refuses %s with ERR_ROLLCAGE_ENGINE_UNAVAILABLE", (_name, code) => {
    removeBinaries();
    const report = "function report({ code, message }) { console.log(code, message); }";
    const { stdout, stderr } = runProgram("refused.mjs", `${code}\n${report}`);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^ERR_ROLLCAGE_ENGINE_UNAVAILABLE µWebSockets\.js is not available on /);
  });
});
