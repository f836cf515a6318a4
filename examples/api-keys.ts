// A plugin that lets in only who has a key: try `curl -H "x-api-key: demo" localhost:3000/orders`.
import { createHash, timingSafeEqual } from "node:crypto";
import { startServer } from "rollcage";
import { createApp, HandlerFlags, HttpError, PluginPriority, type Plugin } from "rollcage/safety";

const digest = (key: string) => createHash("sha256").update(key).digest();

/** Digests have one length, so that comparing them takes the same time whatever the client has sent. */
function apiKeys(keys: Readonly<Record<string, string>>): Plugin {
  const known = Object.entries(keys).map(([owner, key]) => ({ owner, digest: digest(key) }));
  return {
    name: "api-keys",
    onRequest(res, req) {
      if (req.getUrl() === "/health") return;
      const given = digest(req.getHeader("x-api-key"));
      const owner = known.find((key) => timingSafeEqual(key.digest, given))?.owner;
      if (owner === undefined) throw new HttpError(401, "send your key as x-api-key");
      res["owner"] = owner;
    },
  };
}

const app = createApp()
  .use(apiKeys({ ann: "demo", bob: "another" }), PluginPriority.High)
  .get("health", (res) => res.send("ok"))
  .get("orders", (res) => ({ owner: res["owner"], orders: [] }), { flags: HandlerFlags.Json })
  .ws<{ owner: unknown }>("events", {
    upgrade: (res) => res.upgrade({ owner: res["owner"] }),
    open: (ws) => void ws.send(`hello ${String(ws.data.owner)}`),
  });

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
