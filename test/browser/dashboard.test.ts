import { describe, expect, it } from "vitest";
import { startExample } from "../helpers/running-example.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";

describe.skipIf(chromiumPath === undefined)("examples/dashboard.ts in Chromium", () => {
  it("shows the bytes that brotli has saved of real snapshots", async () => {
    await using example = await startExample("dashboard");
    const browser = await launchChromium(chromiumPath ?? "");
    try {
      const page = await browser.newPage();
      await page.goto(example.url);
      const saved = page.locator("#saved", { hasText: "saved" });
      await saved.waitFor({ timeout: 20_000 });
      const text = (await saved.textContent()) ?? "";
      const [decoded, compressed] = text.match(/\d+/gu)?.map(Number) ?? [];
      expect(decoded).toBeGreaterThan(40_000);
      expect(compressed).toBeGreaterThan(0);
      expect(compressed).toBeLessThan((decoded ?? 0) / 4);
      expect(await page.locator("#hosts tr").count()).toBe(20);
      // oxlint-disable-next-line eslint/no-console -- a figure that the run is to state
      console.info(text);
    } finally {
      await browser.close();
    }
  });
});
