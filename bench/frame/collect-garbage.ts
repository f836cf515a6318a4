import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Told by this signal to collect garbage: what is left in memory afterwards is in use. */
export const COLLECT_SIGNAL = "SIGUSR2";

/** For each process of a server whose memory is measured; without it the signal ends the process. */
export function collectGarbageWhenTold(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  process.on(COLLECT_SIGNAL, () => {
    // The second one frees what the finalizers of the first let go.
    collect();
    collect();
  });
}
