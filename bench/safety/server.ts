// One process with the same routes twice: raw, as a careful author would write them by hand, and safe. It tells
// its parent the port, and its CPU time whenever it is asked.
import { App, us_socket_local_port } from "rollcage/uws";
import { safeHandler } from "rollcage/safety";
import type { HttpResponse } from "rollcage/uws";

interface User {
  readonly id: string;
  readonly name: string;
}

/** Comes back on a later turn of the event loop, like any real lookup. */
function find(id: string): Promise<User> {
  return new Promise((resolve) => {
    setImmediate(() => resolve({ id, name: "Ada Lovelace" }));
  });
}

function sendJson(res: HttpResponse, value: unknown): void {
  res.writeHeader("content-type", "application/json").end(JSON.stringify(value));
}

const app = App();

app.get("/raw-sync/:id", (res, req) => {
  sendJson(res, { id: req.getParameter(0), name: "Ada Lovelace" });
});
app.get(
  "/try-sync/:id",
  safeHandler((res, req) => {
    res.json({ id: req.getParameter(0), name: "Ada Lovelace" });
  }),
);

app.get("/raw-wait/:id", async (res, req) => {
  const id = req.getParameter(0) ?? "";
  let aborted = false;
  res.onAborted(() => {
    aborted = true;
  });
  try {
    const user = await find(id);
    if (!aborted) res.cork(() => sendJson(res, user));
  } catch (error) {
    console.error(error);
    if (!aborted) res.cork(() => res.writeStatus("500 Internal Server Error").end());
  }
});
app.get(
  "/try-wait/:id",
  safeHandler(async (res, req) => {
    res.json(await find(req.getParameter(0) ?? ""));
  }),
);

app.get("/raw-late/:id", async (res, req) => {
  const id = req.getParameter(0) ?? "";
  const accept = req.getHeader("accept");
  let aborted = false;
  res.onAborted(() => {
    aborted = true;
  });
  try {
    const user = await find(id);
    if (!aborted) res.cork(() => sendJson(res, { ...user, accept }));
  } catch (error) {
    console.error(error);
    if (!aborted) res.cork(() => res.writeStatus("500 Internal Server Error").end());
  }
});
app.get(
  "/try-late/:id",
  safeHandler(async (res, req) => {
    const user = await find(req.getParameter(0) ?? "");
    res.json({ ...user, accept: req.getHeader("accept") });
  }),
);

app.listen("127.0.0.1", 0, (socket) => {
  if (socket === false) throw new Error("Expected a free port");
  process.send?.({ port: us_socket_local_port(socket) });
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
