import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Told by this signal to collect garbage: what is left in memory afterwards is in use. */
export const COLLECT_SIGNAL = "SIGUSR2";

/** For each process of a server whose memory is measured; without it the signal ends the process. */
export function collectGarbageWhenTold(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  process.on(COLLECT_SIGNAL, () => {
    // The last resort gives free pages back to the system, too; the second one what finalizers have let go.
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
  });
}
