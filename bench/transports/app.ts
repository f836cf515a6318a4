import { express } from "../../src/index.ts";
import { collectGarbageWhenTold } from "../frame/collect-garbage.ts";

collectGarbageWhenTold();

/** The app that every transport carries. */
export function createBenchApp(): ReturnType<typeof express> {
  const app = express({ threads: 0 });
  app.get("/", (_req, res) => {
    res.send("hello");
  });
  // wrk opens a new connection without an error only if the answer announces that the old one ends.
  app.get("/close", (_req, res) => {
    res.set("connection", "close").send("hello");
  });
  return app;
}
