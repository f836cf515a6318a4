import { serveStatic } from "../../safety/index.ts";
import { App, us_socket_local_port } from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { createFiles } from "./files.ts";

App()
  .get("/*", serveStatic(createFiles()))
  .listen("127.0.0.1", 0, (socket) => {
    if (socket) announceReady(us_socket_local_port(socket));
  });
