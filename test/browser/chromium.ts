import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** `undefined` where no browser is installed. */
export const chromiumPath: string | undefined =
  process.env["CHROMIUM_PATH"] ?? PATHS.find((path) => existsSync(path));

if (chromiumPath === undefined) {
  // oxlint-disable-next-line eslint/no-console -- whoever reads the run must see what it left out
  console.warn(`No Chromium at ${PATHS.join(", ")} or in CHROMIUM_PATH: browser tests are skipped`);
}

/** Starts it with an empty profile and without any traffic of its own. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
