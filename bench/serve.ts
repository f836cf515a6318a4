// npm run bench:server [-- suite server]: one server of a suite, to try other load generators on
import { findSuites } from "./frame/find-suites.ts";
import { startServerProcess } from "./frame/server-process.ts";

const [suiteName = "payloads", serverName = "rollcage"] = process.argv.slice(2);
const [suite] = await findSuites([suiteName]);
const spec = suite?.servers.find(({ name }) => name === serverName);
if (spec === undefined) {
  const names = suite?.servers.map(({ name }) => name).join(", ");
  throw new TypeError(`no server ${serverName} in ${suiteName}; there are ${names}`);
}
const server = await startServerProcess(spec);
console.log(`${spec.title}: http://${server.host}:${server.port}, process ${server.pid}`);
process.once("SIGINT", () => void server.stop().then(() => process.exit()));
process.once("SIGTERM", () => void server.stop().then(() => process.exit()));
