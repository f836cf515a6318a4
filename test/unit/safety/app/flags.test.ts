import { describe, expect, it } from "vitest";
import {
  checkFileFlags,
  checkHandlerFlags,
  defaultFileFlags,
  FileFlags,
  HandlerFlags,
  toStaticOptions,
} from "../../../../safety/app/flags.ts";

describe("checkHandlerFlags", () => {
  it.each([0, HandlerFlags.Compress, HandlerFlags.Json | HandlerFlags.NoCache, 0xf])(
    "takes %i",
    (flags) => {
      expect(() => checkHandlerFlags(flags)).not.toThrow();
    },
  );

  it.each([0x10, 1 << 20, -1, 0.5, 2 ** 32, NaN, FileFlags.Index, FileFlags.Immutable])(
    "refuses %d",
    (flags) => {
      expect(() => checkHandlerFlags(flags)).toThrow(
        `Expected HandlerFlags to be made of None, Compress, NoCache, ReadBody, Json, got ${JSON.stringify(flags)}`,
      );
    },
  );
});

describe("checkFileFlags", () => {
  it("takes its own flags and no others", () => {
    expect(() => checkFileFlags(defaultFileFlags | FileFlags.Dotfiles)).not.toThrow();
    expect(() => checkFileFlags(HandlerFlags.Compress)).toThrow(TypeError);
    expect(() => checkFileFlags("Index" as never)).toThrow(TypeError);
  });
});

describe("toStaticOptions", () => {
  it("turns everything off without a flag", () => {
    expect(toStaticOptions(FileFlags.None)).toEqual({
      index: false,
      dotfiles: "ignore",
      memory: false,
      precompress: false,
      immutable: false,
    });
  });

  it("keeps in memory what it precompresses", () => {
    expect(toStaticOptions(FileFlags.Precompress)).toMatchObject({
      memory: {},
      precompress: "start",
    });
    expect(toStaticOptions(FileFlags.Memory)).toMatchObject({ memory: {}, precompress: false });
  });

  it("turns on what is asked for", () => {
    expect(toStaticOptions(FileFlags.Index | FileFlags.Dotfiles | FileFlags.Immutable)).toEqual({
      index: "index.html",
      dotfiles: "allow",
      memory: false,
      precompress: false,
      immutable: true,
    });
  });
});
