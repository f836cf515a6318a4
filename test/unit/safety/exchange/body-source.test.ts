import { describe, expect, it, vi } from "vitest";
import { BodySource, type BodySourceOptions } from "../../../../safety/exchange/body-source.ts";
import type { HttpResponse } from "../../../../safety/uws-types.ts";

/** As much of a response as a body needs; chunks are detached when the handler returns. */
function createSource(options: Partial<BodySourceOptions> = {}) {
  let deliver: (chunk: ArrayBuffer, isLast: boolean) => void = () => {};
  const raw = {
    onData: vi.fn<HttpResponse["onData"]>((handler) => {
      deliver = handler;
      return response;
    }),
    pause: vi.fn<() => void>(),
    resume: vi.fn<() => void>(),
  };
  // A body needs no more of it.
  const response = raw as unknown as HttpResponse;
  const source = new BodySource(response, {
    deferred: false,
    onProgress: () => {},
    onThrow: () => {},
    ...options,
  });
  const receive = (text: string, isLast = false) => {
    const chunk = new TextEncoder().encode(text).buffer;
    deliver(chunk, isLast);
    structuredClone(chunk, { transfer: [chunk] });
  };
  return { source, raw, receive };
}

function collect(source: BodySource) {
  const seen: [text: string, isLast: boolean][] = [];
  source.consume((chunk, isLast) => void seen.push([Buffer.from(chunk).toString(), isLast]));
  return seen;
}

const half = "x".repeat(32 * 1024);

describe("BodySource", () => {
  it("hands over what came before, though µWS has taken the memory back", () => {
    const { source, receive } = createSource();
    receive("a");
    receive("b", true);
    expect(collect(source)).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });

  it("passes on what comes afterwards, and marks the end once", () => {
    const { source, receive } = createSource();
    const seen = collect(source);
    receive("a");
    receive("", true);
    expect(seen).toEqual([
      ["a", false],
      ["", true],
    ]);
  });

  it("pauses at 64 KiB that nobody has asked for, and resumes when somebody does", () => {
    const { source, raw, receive } = createSource();
    receive(half);
    expect(raw.pause).not.toHaveBeenCalled();
    receive(half);
    expect(raw.pause).toHaveBeenCalledOnce();
    collect(source);
    expect(raw.resume).toHaveBeenCalledOnce();
  });

  it("does not pause behind the last byte", () => {
    const { raw, receive } = createSource();
    receive(half + half, true);
    expect(raw.pause).not.toHaveBeenCalled();
  });

  it("resumes before the response ends, and only if it was paused", () => {
    const { source, raw, receive } = createSource();
    source.resume();
    expect(raw.resume).not.toHaveBeenCalled();
    receive(half + half);
    source.resume();
    source.resume();
    expect(raw.resume).toHaveBeenCalledOnce();
  });

  it("forgets everything once stopped", () => {
    const { source, raw, receive } = createSource();
    const seen = collect(source);
    source.stop();
    receive(half + half, true);
    source.resume();
    expect(seen).toEqual([]);
    expect(raw.pause).not.toHaveBeenCalled();
  });

  it("never delivers in the turn of the parser when deferred", async () => {
    const { source, receive } = createSource({ deferred: true });
    const seen = collect(source);
    receive("a");
    receive("b", true);
    expect(seen).toEqual([]);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(seen).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });

  it("tells of a consumer that throws, and of every chunk", () => {
    const onThrow = vi.fn<(error: unknown) => void>();
    const onProgress = vi.fn<() => void>();
    const { source, receive } = createSource({ onThrow, onProgress });
    source.consume(() => {
      throw new Error("boom");
    });
    receive("a");
    receive("b", true);
    expect(onThrow).toHaveBeenCalledTimes(2);
    expect(onProgress).toHaveBeenCalledTimes(2);
  });
});
