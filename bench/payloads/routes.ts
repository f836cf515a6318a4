import { parse, stringify } from "devalue";
import type { RequestHandler } from "express";
import { complexObject, publish, type User } from "./data.ts";

export const CONTENT_TYPE = "application/x-devalue";

interface Router {
  get(path: string, handler: RequestHandler): unknown;
  post(path: string, ...handlers: RequestHandler[]): unknown;
}

/** The same routes on each of the servers compared. `text` is their own body parser. */
export function addRoutes(app: Router, text: RequestHandler): void {
  const answer =
    (make: (body: unknown) => unknown): RequestHandler =>
    (req, res) => {
      const body: unknown = typeof req.body === "string" ? parse(req.body) : undefined;
      res.type(CONTENT_TYPE).send(stringify(make(body)));
    };
  app.get(
    "/generate",
    answer(() => complexObject),
  );
  app.post(
    "/echo",
    text,
    answer((body) => body),
  );
  app.post(
    "/transform",
    text,
    answer((users) => (users as User[]).map(publish)),
  );
}
