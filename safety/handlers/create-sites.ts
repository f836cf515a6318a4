import { Deadlines } from "../exchange/deadlines.ts";
import { createSite, type HandlerSite, type Route, type SafetySettings } from "../exchange/site.ts";
import { expire, fail } from "./fail.ts";
import { resolveOptions, type SafetyOptions } from "./resolve-options.ts";

/** What the site of one handler is made of. */
interface SiteDefinition {
  /** File and line, for reports. */
  readonly definedAt: string;
  readonly options?: SafetyOptions | undefined;
  readonly route?: Route | undefined;
}

/** Makes the sites of handlers that share their defaults. */
export type SiteFactory = (definition: SiteDefinition) => HandlerSite;

/** @throws {TypeError} Names every option that is wrong. */
export function createSites(options: SafetyOptions): SiteFactory {
  const defaults = resolveOptions(options);
  const deadlinesOf = createDeadlines();
  return ({ definedAt, options: own, route }) => {
    const settings = own === undefined ? defaults : resolveOptions(own, defaults);
    return createSite({
      settings,
      definedAt,
      route,
      deadlines: deadlinesOf(settings),
      fail,
      expire,
    });
  };
}

/** Handlers with the same timeout share one queue, and so one timer. */
function createDeadlines(): (settings: SafetySettings) => Deadlines | undefined {
  const queues = new Map<number, Deadlines>();
  return ({ timeoutMs }) => {
    if (timeoutMs === false) return undefined;
    const queue = queues.get(timeoutMs) ?? new Deadlines(timeoutMs);
    queues.set(timeoutMs, queue);
    return queue;
  };
}
