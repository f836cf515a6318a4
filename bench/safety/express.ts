import compression from "compression";
import { express } from "../../src/index.ts";
import { announceReady } from "../frame/announce.ts";
import { freePort } from "../frame/run-workers.ts";
import { findUser, largeJson, userOf } from "./data.ts";

const app = express({ threads: 0 });
app.get("/user/:id", (req, res) => {
  res.json(userOf(String(req.params["id"])));
});
app.get("/wait/:id", (req, res, next) => {
  findUser(String(req.params["id"])).then((user) => res.json(user), next);
});
app.get("/late/:id", (req, res, next) => {
  findUser(String(req.params["id"])).then(
    (user) => res.json({ ...user, accept: req.get("accept") }),
    next,
  );
});
app.post("/echo", express.raw({ type: "*/*" }), (req, res) => {
  res.type("text/plain").send(req.body);
});
app.get("/large", compression(), (_req, res) => {
  res.type("application/json").send(largeJson);
});
const port = await freePort();
app.listen(port, "127.0.0.1", () => announceReady(port));
