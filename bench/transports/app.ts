import { express } from "../../src/index.ts";

/** The app that every transport carries. */
export function createBenchApp(): ReturnType<typeof express> {
  const app = express({ threads: 0 });
  app.get("/", (_req, res) => {
    res.send("hello");
  });
  return app;
}
