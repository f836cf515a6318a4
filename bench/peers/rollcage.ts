import { express, startServer } from "../../src/index.ts";
import { announceReady } from "../frame/announce.ts";
import { addRoutes } from "./express-routes.ts";

const app = express({ threads: 0 });
addRoutes(app, express.json());
const { mode, port } = await startServer(app, { host: "127.0.0.1", port: 0 });
if (mode === "primary") announceReady(port);
