import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory to serve, and a secret beside it that must never come out. */
export interface StaticFiles {
  readonly directory: string;
  readonly secret: string;
  write(name: string, content: string | Buffer): void;
  remove(): void;
}

export const MODIFIED: Date = new Date("2026-11-10T10:00:00Z");

export const SECRET = "the secret";

export const PAGE: string = `<!doctype html><title>page</title>${"<p>lorem ipsum</p>".repeat(200)}`;

/** 3 MiB in which every position can be told from its neighbours. */
export const LARGE: Buffer = Buffer.alloc(3 * 1024 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz,");

export function createStaticFiles(): StaticFiles {
  const top = mkdtempSync(path.join(tmpdir(), "rollcage-static-"));
  const directory = path.join(top, "public");
  const secret = path.join(top, "secret.txt");
  const write = (name: string, content: string | Buffer) => {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, MODIFIED, MODIFIED);
  };
  mkdirSync(directory);
  writeFileSync(secret, SECRET);
  write("index.html", PAGE);
  write("hello.txt", "hello world");
  write("empty.txt", "");
  write("folder/index.html", "<p>folder");
  write("folder/page.html", PAGE);
  write("bare/file.txt", "in bare");
  write("app-BxT3k9Qz.js", "export default 1;");
  write("data.unknownext", "data");
  write("image.png", Buffer.from("89504e470d0a1a0a", "hex"));
  write("large.bin", LARGE);
  write("ü ber.txt", "umlaut");
  write("100%.txt", "percent");
  write(".env", "TOKEN=1");
  write(".well/known.txt", "known");
  symlinkSync(secret, path.join(directory, "link-out.txt"));
  symlinkSync(top, path.join(directory, "link-up"));
  symlinkSync("hello.txt", path.join(directory, "link-in.txt"));
  symlinkSync("loop", path.join(directory, "loop"));
  return {
    directory,
    secret,
    write,
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}
