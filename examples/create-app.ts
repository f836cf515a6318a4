// A status API and a static site, on every core.
import { startServer } from "rollcage";
import { createApp, HandlerFlags, RequestMethod } from "rollcage/safety";

const app = createApp();

app.handle({
  method: RequestMethod.GET,
  path: "api/status",
  handler: () => ({ ok: true, pid: process.pid, uptimeSeconds: Math.round(process.uptime()) }),
  flags: HandlerFlags.Json | HandlerFlags.NoCache,
});
app.serve({ directory: `${import.meta.dirname}/public`, pathPrefix: "static" });

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
