// Run by PM2, once a core. Plain JavaScript, because PM2 would look for another interpreter otherwise.
import express from "express";
import { addRoutes } from "./express-routes.ts";

const app = express();
addRoutes(app, express.json());
app.listen(Number(process.env.PORT), "127.0.0.1", () => process.send("ready"));
