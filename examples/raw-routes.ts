// Raw µWebSockets.js routes that no mistake in a handler can take down.
//   curl localhost:3000/user/1    curl -d '{"item":"tea"}' -H 'content-type: application/json' localhost:3000/orders
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { App, us_socket_local_port } from "rollcage/uws";
import { createSafety, HttpError, parseJson } from "rollcage/safety";

const users = new Map([["1", { id: "1", name: "Ada Lovelace" }]]);

const { route } = createSafety({
  timeoutMs: 5_000,
  onError: (error, { route: name }) => console.error(`${name}: ${error.message}`),
});

const app = App();

route(app)
  .get("/user/:id", async (res, req) => {
    // The signal ends the wait when the client goes away or the deadline passes.
    await delay(10, undefined, { signal: res.signal });
    const user = users.get(req.getParameter("id") ?? "");
    if (user === undefined) throw new HttpError(404, "no such user");
    res.json(user);
  })
  .post("/orders", async (res) => {
    const order = await parseJson(res, { limit: 10_000 });
    res.json({ id: randomUUID(), order }, 201);
  })
  .get("/numbers", async (res) => {
    await res.stream(countTo(10_000), { type: "text/plain" });
  })
  .get("/broken", () => {
    throw new Error("in raw µWebSockets.js the process would be gone");
  });

app.listen(Number(process.env["PORT"] ?? 3000), (socket) => {
  if (socket === false) throw new Error("The port is in use");
  console.log(`http://localhost:${us_socket_local_port(socket)}/user/1`);
});

/** As fast as the client reads, and no faster. */
function* countTo(end: number): Generator<string> {
  for (let number = 1; number <= end; number++) yield `${number}\n`;
}
