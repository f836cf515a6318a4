import type { TelemetrySink } from "defuss-open-telemetry";
import type { LoggerLike, ResolvedServerConfig } from "../config/options.ts";

/**
 * The configuration with a logger and a telemetry sink that do not throw: they are called where connections are
 * accepted and workers exit, and a mistake in them would end the primary, and all workers with it.
 */
export function shieldConfig(config: ResolvedServerConfig): ResolvedServerConfig {
  const logger = shieldLogger(config.logger);
  return { ...config, logger, telemetry: shieldTelemetry(config.telemetry, logger) };
}

function shieldLogger(logger: LoggerLike): LoggerLike {
  const shielded =
    (level: keyof LoggerLike) =>
    (...words: unknown[]): void => {
      try {
        logger[level](...words);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return {
    debug: shielded("debug"),
    info: shielded("info"),
    warn: shielded("warn"),
    error: shielded("error"),
  };
}

/** Logs the first of its errors: most calls come with a connection. */
function shieldTelemetry(telemetry: TelemetrySink, logger: LoggerLike): TelemetrySink {
  let reported = false;
  const shielded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      if (reported) return;
      reported = true;
      logger.error("rollcage: the telemetry sink throws, and metrics are missing", error);
    }
  };
  return {
    incrementCounter: (...args) => shielded(() => telemetry.incrementCounter(...args)),
    recordHistogram: (...args) => shielded(() => telemetry.recordHistogram(...args)),
    setGauge: (...args) => shielded(() => telemetry.setGauge(...args)),
  };
}
