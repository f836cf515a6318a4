import { afterEach, describe, expect, it } from "vitest";
import { serverEvents } from "../../../src/events.ts";
import { announce } from "../../../src/primary/announce.ts";

const event = { workerIndex: 1, pid: 2 };
const bug = new Error("bug");

function setUp() {
  const errors: unknown[][] = [];
  const logger = { error: (...words: unknown[]) => void errors.push(words) };
  return { errors, tell: () => announce(logger, "workerReady", event) };
}

afterEach(() => void serverEvents.removeAllListeners());

describe("announce", () => {
  it("tells every listener, and those of one time once", () => {
    const { errors, tell } = setUp();
    const told: unknown[] = [];
    serverEvents.on("workerReady", (value) => void told.push(["on", value]));
    serverEvents.once("workerReady", (value) => void told.push(["once", value]));
    tell();
    tell();
    expect(told).toEqual([
      ["on", event],
      ["once", event],
      ["on", event],
    ]);
    expect(errors).toEqual([]);
  });

  it("logs what a listener throws, and tells the others", () => {
    const { errors, tell } = setUp();
    let told = 0;
    serverEvents.on("workerReady", () => {
      throw bug;
    });
    serverEvents.on("workerReady", () => void told++);
    tell();
    expect(told).toBe(1);
    expect(errors).toEqual([["rollcage: a listener of the event workerReady failed", bug]]);
  });

  it("logs what an asynchronous listener rejects with", async () => {
    const { errors, tell } = setUp();
    serverEvents.on("workerReady", (): unknown => Promise.reject(bug));
    tell();
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]?.[1]).toBe(bug);
  });
});
