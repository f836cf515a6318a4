import { express, resourceAwareLoadBalancer, startServer } from "../../src/index.ts";
import { announceReady } from "../frame/announce.ts";
import { addRoutes, CONTENT_TYPE } from "./routes.ts";

const app = express({ threads: 0 });
addRoutes(app, express.text({ type: CONTENT_TYPE, limit: "4mb" }));
const { mode, port } = await startServer(app, {
  host: "127.0.0.1",
  port: Number(process.env["PORT"] ?? 0),
  loadBalancer: resourceAwareLoadBalancer,
});
if (mode === "primary") announceReady(port);
