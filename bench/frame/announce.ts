/**
 * Tells the runner that this server takes connections.
 *
 * Also binds the life of the server to that of the runner: when its end of the pipe is gone, the server
 * exits, so that no server outlives a run that was killed.
 */
export function announceReady(port: number): void {
  process.stdin.resume().once("end", () => process.exit(0));
  // Not by `console`, which some process managers redirect.
  process.stdout.write(`ready ${port}\n`);
}

/** Tells the runner that this server cannot run here; the report shows the reason in place of figures. */
export function announceUnavailable(reason: string): never {
  process.stdout.write(`unavailable ${reason}\n`);
  process.exit(0);
}
