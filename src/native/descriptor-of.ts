/**
 * The descriptor under a server or socket of `node:net`.
 *
 * Node shows it nowhere else than on the handle, which is not documented: `undefined` where there is none.
 */
export function descriptorOf(holder: object): number | undefined {
  const handle: unknown = Reflect.get(holder, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const descriptor: unknown = Reflect.get(handle, "fd");
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined;
}
