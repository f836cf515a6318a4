import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { describe, expect, expectTypeOf, it } from "vitest";

import defaultExport, { express, expressDefault } from "../../src/index.ts";

const entry = new URL("../../src/index.ts", import.meta.url).href;

/** Runs `code` in a fresh process and returns what it prints as JSON. */
async function evaluate(code: string): Promise<unknown> {
  const script = `
    import { createRequire } from "node:module";
    const nativeModules = () =>
      Object.keys(createRequire(import.meta.url).cache).filter((file) => file.endsWith(".node")).length;
    const { express } = await import(${JSON.stringify(entry)});
    ${code}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    script,
  ]);
  return JSON.parse(stdout);
}

describe("express", () => {
  it("is the named export, expressDefault and the default export", () => {
    expect(expressDefault).toBe(express);
    expect(defaultExport).toBe(express);
  });

  it("loads no binary before its first call", async () => {
    expect(
      await evaluate(`
        const before = nativeModules();
        express({ threads: 0 });
        console.log(JSON.stringify([before, nativeModules()]));`),
    ).toEqual([0, 1]);
  });

  it.each(["Router", "json", "urlencoded", "text", "raw", "static", "application", "request"])(
    "loads the binary at the first use of express.%s",
    async (name) => {
      expect(
        await evaluate(`
          const before = nativeModules();
          const type = typeof express.${name};
          console.log(JSON.stringify([before, nativeModules(), type]));`),
      ).toEqual([0, 1, expect.stringMatching(/^(function|object)$/)]);
    },
  );

  it("gives apps that can be extended through express.application", () => {
    const app = express({ threads: 0 });
    expect(Object.getPrototypeOf(app)).toBe(express.application);
  });

  it("keeps two apps made from one settings object apart", () => {
    const settings = { threads: 0 };
    const [first, second] = [express(settings), express(settings)];
    first.set("view engine", "pug");
    expect(second.get("view engine")).toBeUndefined();
  });

  it("carries the types of Express", () => {
    const app = express({ threads: 0 });
    app.get("/user/:id", (request, response) => {
      expectTypeOf(request.params.id).toEqualTypeOf<string>();
      response.send(request.params.id);
    });
    expectTypeOf<express.Request["query"]["page"]>().toExtend<express.Request["query"][string]>();
    expectTypeOf<express.Request<{ id: string }>["params"]>().toEqualTypeOf<{ id: string }>();
    expectTypeOf(express.Router()).toExtend<express.Router>();
  });
});
