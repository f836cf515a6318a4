import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeRecords, type WorkerRecord } from "../../../src/messages/handoff-frames.ts";
import type { Syscalls } from "../../../src/native/syscalls.ts";
import { HandoffChannel, type HeldSocket } from "../../../src/transports/handoff-channel.ts";

const { EAGAIN, EPIPE, ENOBUFS, ENOMEM } = constants.errno;
const ETOOMANYREFS = 109;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A channel whose kernel does as it is told. */
function setUp() {
  let readable = (): void => {};
  let answers: Buffer[] = [];
  const results: number[] = [];
  const sent: number[][] = [];
  const closed: number[] = [];
  const syscalls = {
    poll: (_descriptor: number, onReadable: () => void) => {
      readable = onReadable;
      return () => (readable = () => {});
    },
    sendDescriptors: (_descriptor: number, bytes: Uint8Array, descriptors: readonly number[]) => {
      const result = results.shift() ?? bytes.length;
      if (result > 0) sent.push([...descriptors]);
      return result;
    },
    receive: (_descriptor: number, into: Buffer) => answers.shift()?.copy(into) ?? -EAGAIN,
    close: (descriptor: number) => closed.push(descriptor),
    isUnread: (descriptor: number) => descriptor % 2 === 0,
  } as unknown as Syscalls;
  const events = {
    onAdopted: vi.fn<(held: HeldSocket) => void>(),
    onNotTaken: vi.fn<(held: HeldSocket) => void>(),
    onBroken: vi.fn<() => void>(),
  };
  const channel = new HandoffChannel<HeldSocket>(syscalls, 3, events);
  const hand = async (...descriptors: number[]): Promise<void> => {
    const address = new Uint8Array(4);
    for (const descriptor of descriptors) channel.hand({ descriptor, address });
    await new Promise(process.nextTick);
  };
  const answer = (...records: WorkerRecord[]): void => {
    answers = [encodeRecords(records)];
    readable();
  };
  /** Answers faster than they are read, for so many reads. */
  const flood = (reads: number): (() => number) => {
    answers = Array.from({ length: reads }, () => Buffer.alloc(8192));
    readable();
    return () => answers.length;
  };
  return { channel, events, results, sent, closed, hand, answer, flood };
}

describe("HandoffChannel", () => {
  it("does not let a worker that never stops answering keep the primary from anything else", () => {
    const { flood } = setUp();
    expect(flood(1_000)()).toBeGreaterThan(900);
  });

  it("reads all that a worker said before it exited", () => {
    const { flood, channel } = setUp();
    const left = flood(1_000);
    channel.close();
    expect(left()).toBe(0);
  });

  it("sends all sockets of a turn in one message", async () => {
    const { hand, sent } = setUp();
    await hand(10, 11, 12);
    await hand(13);
    expect(sent).toEqual([[10, 11, 12], [13]]);
  });

  it.each([
    ["EAGAIN", EAGAIN],
    ["ETOOMANYREFS", ETOOMANYREFS],
    ["ENOBUFS", ENOBUFS],
    ["ENOMEM", ENOMEM],
  ])("tries again after %s, by a timer or by the next answer", async (_name, errno) => {
    const { hand, answer, results, sent, events } = setUp();
    await hand(10);
    results.push(-errno, -errno);
    await hand(11);
    expect(sent).toEqual([[10]]);
    vi.advanceTimersByTime(10);
    expect(sent).toEqual([[10]]);
    answer({ kind: "adopted", id: 0 });
    expect(sent).toEqual([[10], [11]]);
    expect(events.onBroken).not.toHaveBeenCalled();
  });

  it("says once that it is broken, and keeps what was not sent for the end", async () => {
    const { hand, channel, results, sent, events } = setUp();
    results.push(-EPIPE);
    await hand(10, 11);
    expect(events.onBroken).toHaveBeenCalledOnce();
    expect(sent).toEqual([]);
    expect(channel.close().orphans.map(({ descriptor }) => descriptor)).toEqual([10, 11]);
  });

  it("closes what was adopted, gives back what was not taken, and ignores unknown ids", async () => {
    const { hand, answer, channel, closed, events } = setUp();
    await hand(10, 11);
    answer(
      { kind: "adopted", id: 0 },
      { kind: "not-taken", id: 1 },
      { kind: "adopted", id: 1 },
      { kind: "adopted", id: 77 },
    );
    expect(closed).toEqual([10]);
    expect(events.onAdopted).toHaveBeenCalledOnce();
    expect(events.onNotTaken).toHaveBeenCalledOnce();
    expect(channel.held).toBe(0);
  });

  it("counts what is under way, adopted since the last report, and open by it", async () => {
    const { hand, answer, channel } = setUp();
    await hand(10, 11, 12);
    expect(channel.connections).toBe(3);
    answer({ kind: "adopted", id: 0 }, { kind: "adopted", id: 1 });
    expect(channel.connections).toBe(3);
    answer({ kind: "report", adoptedTotal: 1, open: 1 });
    expect(channel.connections).toBe(3);
    answer({ kind: "report", adoptedTotal: 2, open: 0 });
    expect(channel.connections).toBe(1);
  });

  it("hands out at the end what nobody has read, and closes the rest", async () => {
    const { hand, channel, closed } = setUp();
    await hand(10, 11);
    const { orphans, lost } = channel.close();
    expect(orphans.map(({ descriptor }) => descriptor)).toEqual([10]);
    expect(lost).toBe(1);
    expect(closed).toEqual([3, 11]);
  });

  it("is full at 512 sockets, and has room again at half of them", async () => {
    const { hand, answer, channel } = setUp();
    await hand(...Array.from({ length: 511 }, (_, i) => 100 + i));
    expect(channel.isFull).toBe(false);
    await hand(99);
    expect(channel.isFull).toBe(true);
    for (let id = 0; id < 255; id++) answer({ kind: "adopted", id });
    expect(channel.hasRoomAgain).toBe(false);
    answer({ kind: "adopted", id: 255 });
    expect(channel.hasRoomAgain).toBe(true);
  });
});
