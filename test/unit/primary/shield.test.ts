import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { shieldConfig } from "../../../src/primary/shield.ts";

const throwing = () => {
  throw new Error("bug");
};

describe("shieldConfig", () => {
  it("passes calls on", () => {
    const calls: unknown[][] = [];
    const note = (...args: unknown[]) => void calls.push(args);
    const { logger, telemetry } = shieldConfig(
      resolveConfig({
        logger: { info: note },
        telemetry: { incrementCounter: note, recordHistogram: note, setGauge: note },
      }),
    );
    logger.info("a", 1);
    telemetry.incrementCounter("b", 2, { c: 3 });
    telemetry.recordHistogram("d", 4);
    telemetry.setGauge("e", 5);
    expect(calls).toEqual([
      ["a", 1],
      ["b", 2, { c: 3 }],
      ["d", 4],
      ["e", 5],
    ]);
  });

  it("logs the first error of a telemetry sink, and lets none out", () => {
    const errors: unknown[][] = [];
    const { telemetry } = shieldConfig(
      resolveConfig({
        logger: { error: (...words) => void errors.push(words) },
        telemetry: { incrementCounter: throwing, recordHistogram: throwing, setGauge: throwing },
      }),
    );
    telemetry.incrementCounter("a");
    telemetry.recordHistogram("b", 1);
    telemetry.setGauge("c", 2);
    expect(errors).toEqual([[expect.stringMatching(/telemetry sink/), new Error("bug")]]);
  });

  it("lets no error of a logger out", () => {
    const { logger } = shieldConfig(
      resolveConfig({
        logger: { debug: throwing, info: throwing, warn: throwing, error: throwing },
      }),
    );
    for (const level of ["debug", "info", "warn", "error"] as const) {
      expect(() => logger[level]("x")).not.toThrow();
    }
  });
});
