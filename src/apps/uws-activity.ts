/** Where an app of our engine keeps its counters; see engine/instrument.cjs. */
export const ACTIVITY: unique symbol = Symbol.for("rollcage.activity") as never;

export interface UwsActivity {
  connections: number;
  readonly requests: number;
  readonly requestsTotal: number;
  readonly webSockets: ReadonlySet<{ end(code: number): void }>;
  readonly startDraining: () => void;
  readonly stopListening: () => void;
}
