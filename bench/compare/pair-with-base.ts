import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadsOf, type ServerSpec, type Suite } from "../frame/suite.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One suite for each server that runs code of this project: here, and as it was at the base, the control. */
export function pairWithBase(suite: Suite, baseFolder: string): Suite[] {
  return suite.servers
    .filter((server) => server.isPeer === undefined)
    .map((server) => pairOf(suite, server, baseFolder));
}

function pairOf(suite: Suite, server: ServerSpec, baseFolder: string): Suite {
  return {
    ...suite,
    title: `${suite.name}: ${server.name}`,
    control: "base",
    servers: [
      { ...server, name: "base", entry: entryIn(baseFolder, server), loads: undefined },
      { ...server, name: "here", loads: undefined },
    ],
    loads: loadsOf(suite, server),
  };
}

function entryIn(folder: string, { entry }: ServerSpec): URL {
  return pathToFileURL(join(folder, relative(ROOT, fileURLToPath(entry))));
}
