/** @throws {TypeError} For anything but a function: where it is given, not when it is first called. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(`Expected ${what} to be a function, got ${typeof value}`);
}
