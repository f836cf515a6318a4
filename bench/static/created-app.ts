import { createApp } from "../../safety/index.ts";
import { announceReady } from "../frame/announce.ts";
import { createFiles } from "./files.ts";

const { port } = await createApp().serve({ directory: createFiles() }).listen(0, "127.0.0.1");
announceReady(port);
