// Chat rooms on every core: `node examples/websocket-rooms.ts`, then open the page in several tabs.
import { startServer } from "rollcage";
import { createChat } from "./websocket-rooms-app.ts";

const { mode, port, workers } = await startServer(createChat());

if (mode === "primary") console.log(`http://127.0.0.1:${port} (${workers} workers)`);
