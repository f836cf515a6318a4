import type { ChildProcess } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { inMachineBackplane } from "../../../src/pubsub/backplane.ts";
import { PrimaryPubSub } from "../../../src/pubsub/primary-pub-sub.ts";
import { numSubscribers } from "../../../src/pubsub/publish.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A worker with an open channel. */
function fakeWorker(onMessage: (message: { id: number }) => void): ChildProcess {
  return { connected: true, send: onMessage } as unknown as ChildProcess;
}

describe("PrimaryPubSub", () => {
  it("counts without a worker that ends before it has answered", async () => {
    vi.useFakeTimers(); // So that its time to answer never ends.
    const pubSub = new PrimaryPubSub({ backplane: inMachineBackplane, logger: console });
    await pubSub.start();
    const dying = fakeWorker(() => {});
    const living = fakeWorker(({ id }) => {
      pubSub.receive(living, { type: "rollcage:subscribers", id, count: 3 });
    });
    pubSub.addWorker(dying);
    pubSub.addWorker(living);
    const count = numSubscribers("t");
    pubSub.removeWorker(dying);
    expect(await count).toBe(3);
    await pubSub.close();
  });
});
