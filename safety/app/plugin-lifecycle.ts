import { SafetyError } from "../errors.ts";
import type { OnError } from "../exchange/site.ts";
import { messageOf } from "../exchange/thrown.ts";
import type { Plugin } from "./plugin.ts";

/** Starts plugins in order, and stops those that have started in the opposite one. */
export class PluginLifecycle {
  readonly #onError: OnError;
  readonly #started: Plugin[] = [];

  /** @param onError Told of plugins that fail to stop. */
  constructor(onError: OnError) {
    this.#onError = onError;
  }

  /** @throws {Error} When a plugin does not start; those before it have been stopped again. */
  async start(plugins: readonly Plugin[]): Promise<void> {
    for (const plugin of plugins) {
      try {
        await plugin.onStart?.();
      } catch (cause) {
        await this.stop();
        throw new Error(`Plugin ${plugin.name} did not start: ${messageOf(cause)}`, { cause });
      }
      this.#started.push(plugin);
    }
  }

  /** Never rejects: one that does not stop keeps no other from stopping. */
  async stop(): Promise<void> {
    for (const plugin of this.#started.splice(0).reverse()) {
      try {
        await plugin.onStop?.();
      } catch (cause) {
        const route = "onStop";
        const message = `plugin ${plugin.name}: ${messageOf(cause)}`;
        this.#onError(
          new SafetyError("ERR_ROLLCAGE_HANDLER_THREW", { route, message }, { cause }),
          { method: "", url: "", route, aborted: false },
        );
      }
    }
  }
}
