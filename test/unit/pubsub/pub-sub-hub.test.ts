import { describe, expect, it, vi } from "vitest";
import { inMachineBackplane, type PubSubBackplane } from "../../../src/pubsub/backplane.ts";
import { PubSubHub, type WorkerPort } from "../../../src/pubsub/pub-sub-hub.ts";
import { decodeRecords, encodeRecord } from "../../../src/pubsub/records.ts";

const record = (message: string): Uint8Array =>
  encodeRecord({ topic: "t", message, isBinary: false, compress: undefined });

function createPort(
  count: () => Promise<number> = async () => 0,
): WorkerPort & { texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    send(batch, onSent) {
      for (const { message } of decodeRecords(batch)) texts.push(Buffer.from(message).toString());
      onSent();
    },
    onOverflow: () => {},
    countSubscribers: count,
  };
}

describe("PubSubHub", () => {
  it("forwards to all workers but the one that published, and to the other machines", () => {
    const elsewhere: Uint8Array[] = [];
    const hub = new PubSubHub({
      ...inMachineBackplane,
      publish: (batch) => {
        elsewhere.push(batch);
      },
    });
    const [a, b, c] = [createPort(), createPort(), createPort()];
    for (const port of [a, b, c]) hub.addWorker(port);
    hub.receive(record("one"), a);
    expect([a.texts, b.texts, c.texts]).toEqual([[], ["one"], ["one"]]);
    expect(elsewhere).toEqual([record("one")]);
  });

  it("delivers what other machines publish to all workers, and to nobody beyond", async () => {
    let deliver: ((batch: Uint8Array) => void) | undefined;
    const publishElsewhere = vi.fn<PubSubBackplane["publish"]>();
    const hub = new PubSubHub({
      start: (given) => {
        deliver = given;
      },
      publish: publishElsewhere,
      close: () => undefined,
    });
    await hub.start();
    const worker = createPort();
    hub.addWorker(worker);
    deliver?.(record("from afar"));
    expect(worker.texts).toEqual(["from afar"]);
    expect(publishElsewhere).not.toHaveBeenCalled();
  });

  it("sends what the primary publishes, in order", async () => {
    const hub = new PubSubHub(inMachineBackplane);
    const worker = createPort();
    hub.addWorker(worker);
    for (const message of ["1", "2", "3"]) {
      hub.publish({ topic: "t", message, isBinary: false, compress: undefined });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(worker.texts).toEqual(["1", "2", "3"]);
  });

  it("forgets a worker that has gone", () => {
    const hub = new PubSubHub(inMachineBackplane);
    const worker = createPort();
    hub.addWorker(worker);
    hub.removeWorker(worker);
    hub.receive(record("late"), createPort());
    expect(worker.texts).toEqual([]);
  });

  it("adds up the subscribers of all workers", async () => {
    const hub = new PubSubHub(inMachineBackplane);
    hub.addWorker(createPort(async () => 3));
    hub.addWorker(createPort(async () => 4));
    expect(await hub.numSubscribers("t")).toBe(7);
  });
});
