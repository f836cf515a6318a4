import { createRequire } from "node:module";

import { describe, expect, it } from "vitest";

import { middleware } from "../fixtures/express-middleware.ts";
import { outcomeOn } from "../helpers/compare-express.ts";
import { flavours, type Flavour } from "../helpers/express-flavours.ts";

const supertest = createRequire(import.meta.url)("supertest");

describe("express", () => {
  it.each(middleware)("runs $name as Express 5 does", async (comparison) => {
    const reference = await outcomeOn("express 5", comparison);
    expect(reference.answers.length).toBe(comparison.exchanges.length);
    expect(await outcomeOn("rollcage", comparison)).toEqual(reference);
  });
});

describe.each(["rollcage", "express 5"] satisfies Flavour[])("supertest on %s", (flavour) => {
  it("starts the app for each request and stops it again", async () => {
    const app = flavours[flavour]()({ threads: 0 });
    app.get("/", (_request, response) => void response.json({ a: 1 }));
    const request = supertest(app);
    const answer = await request.get("/").expect(200).expect("content-type", /json/);
    expect(answer.body).toEqual({ a: 1 });
    const answers = await Promise.all([request.get("/missing"), request.head("/")]);
    expect(answers).toMatchObject([{ status: 404 }, { status: 200 }]);
  });

  it("keeps cookies in an agent", async () => {
    const app = flavours[flavour]()({ threads: 0 });
    app.get("/set", (_request, response) => void response.cookie("a", "1").send("set"));
    app.get("/get", (request, response) => void response.send(request.get("cookie")));
    const agent = supertest.agent(app);
    await agent.get("/set");
    expect(await agent.get("/get")).toMatchObject({ text: "a=1" });
  });
});
