/** What `run` throws; `undefined` when it returns. */
export function catchError(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
