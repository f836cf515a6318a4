import type { SafetyError } from "../errors.ts";
import type { ErrorContext } from "../exchange/site.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import type { SafeResponse } from "../response/safe-response.ts";

/** When a plugin has its turn. Numbers in between are as good. */
export const PluginPriority = {
  First: 0,
  High: 25,
  Normal: 50,
  Low: 75,
  Last: 100,
} as const;

/** From `PluginPriority.First` to `PluginPriority.Last`. */
export type PluginPriority = number;

type Result = void | Promise<void>;

/** How a request ended. */
export interface ResponseSummary {
  /** `undefined` when the client left before the answer was complete. */
  readonly status: number | undefined;
}

/**
 * Something that has a say in every request of an app: its routes, files, upgrades to WebSockets, and what is not
 * found. All hooks are optional, and each may be async. A hook that throws costs its request, and the report names
 * the plugin.
 */
export interface Plugin {
  /** For reports. */
  readonly name: string;
  /**
   * Called before the handler. May answer, or refuse by throwing an `HttpError`: then neither the plugins behind it
   * nor the handler are called. May set headers, and attach to `res` what the handler shall know. A plugin that
   * answers later returns the promise of it.
   */
  onRequest?(res: SafeResponse, req: SafeRequest): unknown;
  /** Called when the response has ended, or the client has left. Not for WebSockets. */
  onResponse?(res: SafeResponse, req: SafeRequest, summary: ResponseSummary): Result;
  /** Told of every error, like the app's own `onError`. */
  onError?(error: SafetyError, context: ErrorContext): Result;
  /** Called in each process before it listens. If it fails, the app does not start. */
  onStart?(): Result;
  /** Called in each process when it has stopped serving; last started, first stopped. */
  onStop?(): Result;
}

const hooks = ["onRequest", "onResponse", "onError", "onStart", "onStop"] as const;

/** The plugins of an app, in the order in which they have their turn. */
export class PluginList {
  readonly #entries: { readonly plugin: Plugin; readonly priority: number }[] = [];

  /** @throws {TypeError} When it is no plugin, or the priority is not between first and last. */
  add(plugin: Plugin, priority: PluginPriority): void {
    checkPlugin(plugin);
    const { First, Last } = PluginPriority;
    if (typeof priority !== "number" || !(priority >= First && priority <= Last)) {
      throw new TypeError(
        `Expected the priority of plugin ${plugin.name} to be a number from ${First} to ${Last}, got ${priority}`,
      );
    }
    // The first one behind all that come before it, or together with it.
    const index = this.#entries.findIndex((entry) => entry.priority > priority);
    this.#entries.splice(index === -1 ? this.#entries.length : index, 0, { plugin, priority });
  }

  get inOrder(): readonly Plugin[] {
    return this.#entries.map(({ plugin }) => plugin);
  }
}

function checkPlugin(plugin: unknown): void {
  if (typeof plugin !== "object" || plugin === null) {
    throw new TypeError(`Expected a plugin to be an object, got ${typeof plugin}`);
  }
  const candidate = plugin as Partial<Plugin>;
  const { name } = candidate;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `Expected a plugin to have a name, got ${JSON.stringify(name) ?? "undefined"}`,
    );
  }
  for (const hook of hooks) {
    const value: unknown = candidate[hook];
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(
        `Expected ${hook} of plugin ${name} to be a function, got ${typeof value}`,
      );
    }
  }
}
