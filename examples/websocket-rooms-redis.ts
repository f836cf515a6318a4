// The same rooms on several machines, or here in two programs on two ports, joined by Redis:
//   PORT=3000 node examples/websocket-rooms-redis.ts
//   PORT=3001 node examples/websocket-rooms-redis.ts
import { createRedisBackplane, startServer } from "rollcage";
import { createChat } from "./websocket-rooms-app.ts";

const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const { mode, port, workers } = await startServer(createChat(), {
  backplane: createRedisBackplane({ url, channel: "chat" }),
});

if (mode === "primary") console.log(`http://127.0.0.1:${port} (${workers} workers, ${url})`);
