import { describe, expect, it } from "vitest";
import { hasContentHash } from "../../../../safety/static/hashed-name.ts";

describe("hasContentHash", () => {
  it.each([
    "index-BxT3k9Qz.js",
    "index-BxT3k9Qz.js.map",
    "main.4f3a2b1c.css",
    "main.4f3a2b1c9d8e7f6a5b4c.chunk.js",
    "vendor_0a1b2c3d.js",
    "logo-D_4t-Kx9.svg",
    "chunk.d41d8cd98f00b204e9800998ecf8427e.js",
  ])("sees the hash of %s", (name) => {
    expect(hasContentHash(name)).toBe(true);
  });

  it.each([
    "index.html",
    "app.js",
    "report-20261110.pdf",
    "my-notebook.html",
    "jquery-3.7.1.min.js",
    "bootstrap.bundle.min.js",
    "photo-IMG_1234.jpg",
    "release-deadbeef.txt",
    "a-3f2a9c1.js",
    "BxT3k9Qz.js",
  ])("sees none in %s", (name) => {
    expect(hasContentHash(name)).toBe(false);
  });
});
