import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { joinEnds } from "../../../src/transports/relay.ts";

/** An end whose writes are taken at once, or when the test says so. */
function createEnd() {
  const written: string[] = [];
  const unfinished: (() => void)[] = [];
  let isSlow = false;
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      if (isSlow) unfinished.push(done);
      else done();
    },
  });
  const resumed = vi.spyOn(socket, "resume");
  const setTimeout = vi.fn<Socket["setTimeout"]>();
  return {
    socket: Object.assign(socket, { setTimeout }) as unknown as Socket,
    setTimeout,
    written,
    resumed,
    slowDown: () => void (isSlow = true),
    finish: () => unfinished.shift()?.(),
  };
}

describe("joinEnds", () => {
  it("goes on where the other end has taken the bytes, and waits where it has not", async () => {
    const client = createEnd();
    const upstream = createEnd();
    const relay = joinEnds(
      { client: client.socket, upstream: upstream.socket },
      { holdFin: false },
    );
    upstream.resumed.mockClear();

    expect(relay.fromUpstream(Buffer.from("a"))).toBe(true);
    client.slowDown();
    expect(relay.fromUpstream(Buffer.from("b"))).toBe(false);
    await vi.waitFor(() => expect(client.written).toEqual(["a", "b"]));
    expect(upstream.resumed).not.toHaveBeenCalled();

    client.finish();
    await vi.waitFor(() => expect(upstream.resumed).toHaveBeenCalledTimes(1));
    // Nothing but the bytes themselves: an empty write to an end that has just closed would be an error,
    // and would lose what it has sent before.
    expect(client.written).toEqual(["a", "b"]);
  });

  it("tells the worker that its client sends no more, unless that would cost the answer", async () => {
    const client = createEnd();
    const upstream = createEnd();
    const relay = joinEnds({ client: client.socket, upstream: upstream.socket }, { holdFin: true });
    relay.fromClient(Buffer.from("request"));
    client.socket.push(null);
    client.socket.resume();
    await vi.waitFor(() => expect(client.socket.readableEnded).toBe(true));
    expect(upstream.socket.writableEnded).toBe(false);
  });

  it.each([
    ["closed", (worker: Socket) => void worker.push(null)],
    ["died", (worker: Socket) => void worker.destroy(new Error("reset"))],
  ])("does not hold a client for ever that stays when the worker has %s", async (_how, leave) => {
    const client = createEnd();
    const upstream = createEnd();
    for (const { socket } of [client, upstream]) socket.destroySoon = () => socket.end();
    client.slowDown();
    const relay = joinEnds({ client: client.socket, upstream: upstream.socket }, { holdFin: true });
    relay.fromUpstream(Buffer.from("answer"));
    leave(upstream.socket);
    upstream.socket.resume();
    await vi.waitFor(() => expect(client.setTimeout).toHaveBeenCalledTimes(1));
    expect(client.socket.destroyed).toBe(false);
    const [afterMs, onSilence] = client.setTimeout.mock.calls[0]!;
    expect(afterMs).toBe(60_000);
    onSilence?.();
    expect(client.socket.destroyed).toBe(true);
  });

  it("closes each end after the other", async () => {
    for (const [first, second] of [
      ["client", "upstream"],
      ["upstream", "client"],
    ] as const) {
      const ends = { client: createEnd(), upstream: createEnd() };
      for (const { socket } of Object.values(ends)) socket.destroySoon = () => socket.destroy();
      joinEnds({ client: ends.client.socket, upstream: ends.upstream.socket }, { holdFin: false });
      ends[first].socket.destroy(new Error("reset"));
      await vi.waitFor(() => expect(ends[second].socket.destroyed).toBe(true));
    }
  });
});
