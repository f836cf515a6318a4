import { safeHandler } from "../../safety/index.ts";
import { App, us_socket_local_port } from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { echo, large, late, user, wait } from "./handlers.ts";

App()
  .get("/user/:id", safeHandler(user))
  .get("/wait/:id", safeHandler(wait))
  .get("/late/:id", safeHandler(late))
  .post("/echo", safeHandler(echo))
  .get("/large", safeHandler(large))
  .listen("127.0.0.1", 0, (socket) => {
    if (socket) announceReady(us_socket_local_port(socket));
  });
