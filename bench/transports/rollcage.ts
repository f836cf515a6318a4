import { availableParallelism } from "node:os";
import { RollcageError, startServer } from "../../src/index.ts";
import { announceReady, announceUnavailable } from "../frame/announce.ts";
import { createBenchApp } from "./app.ts";

const transport = process.env["TRANSPORT"] as "handoff" | "reuseport" | "proxy";
const workers = Number(process.env["WORKERS"] ?? availableParallelism());

try {
  const result = await startServer(createBenchApp(), {
    host: "127.0.0.1",
    port: 0,
    transport,
    workers,
  });
  if (result.mode === "primary") announceReady(result.port);
} catch (error) {
  if (!(error instanceof RollcageError)) throw error;
  announceUnavailable(error.message);
}
