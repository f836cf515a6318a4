import type { RequestHandler } from "express";
import { answerUser } from "./answer.ts";

interface Router {
  get(path: string, handler: RequestHandler): unknown;
  post(path: string, ...handlers: RequestHandler[]): unknown;
}

/** The routes for everything with the interface of Express. `json` is its own body parser. */
export function addRoutes(app: Router, json: RequestHandler): void {
  app.get("/user/:id", (req, res) => {
    res.json(answerUser(String(req.params["id"])));
  });
  app.post("/echo", json, (req, res) => {
    res.json(req.body);
  });
}
