import { createApp } from "../../safety/index.ts";
import { announceReady } from "../frame/announce.ts";
import { echo, large, late, user, wait } from "./handlers.ts";

const app = createApp();
app.get("/user/:id", user);
app.get("/wait/:id", wait);
app.get("/late/:id", late);
app.post("/echo", echo);
app.get("/large", large);
const { port } = await app.listen(0, "127.0.0.1");
announceReady(port);
