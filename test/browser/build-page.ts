import { fileURLToPath } from "node:url";
import { build } from "vite";

/** File name → content, as a bundler makes them from a page that uses the client. */
export async function buildPage(
  external: readonly string[] = [],
): Promise<Map<string, Uint8Array>> {
  const root = fileURLToPath(new URL("fixtures/", import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: "error",
    root,
    base: "./",
    build: {
      write: false,
      target: "esnext",
      modulePreload: false,
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: `${root}page.ts`,
        external: [...external],
        output: { entryFileNames: "page.js" },
      },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) =>
    "output" in part ? part.output : [],
  );
  return new Map(
    outputs.map((file) => [
      file.fileName,
      Buffer.from(file.type === "chunk" ? file.code : file.source),
    ]),
  );
}
