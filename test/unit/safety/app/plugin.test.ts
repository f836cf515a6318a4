import { describe, expect, it } from "vitest";
import { PluginList, PluginPriority } from "../../../../safety/app/plugin.ts";

function order(...priorities: readonly [name: string, priority: number][]): string[] {
  const list = new PluginList();
  for (const [name, priority] of priorities) list.add({ name }, priority);
  return list.inOrder.map(({ name }) => name);
}

describe("PluginList", () => {
  it("orders by priority", () => {
    expect(
      order(
        ["last", PluginPriority.Last],
        ["normal", PluginPriority.Normal],
        ["first", PluginPriority.First],
        ["low", PluginPriority.Low],
        ["high", PluginPriority.High],
      ),
    ).toEqual(["first", "high", "normal", "low", "last"]);
  });

  it("keeps the order of registration among equals", () => {
    expect(order(["a", 50], ["b", 50], ["c", 0], ["d", 50], ["e", 0])).toEqual([
      "c",
      "e",
      "a",
      "b",
      "d",
    ]);
  });

  it("takes numbers in between", () => {
    expect(order(["normal", 50], ["earlier", 49.5], ["later", 50.5])).toEqual([
      "earlier",
      "normal",
      "later",
    ]);
  });

  it.each([-1, 100.1, NaN, Infinity, "High" as never])("refuses priority %s", (priority) => {
    expect(() => new PluginList().add({ name: "x" }, priority)).toThrow(
      /priority of plugin x to be a number from 0 to 100/u,
    );
  });

  it.each([
    [null, /plugin to be an object/u],
    [() => {}, /plugin to be an object/u],
    [{}, /plugin to have a name/u],
    [{ name: "" }, /plugin to have a name/u],
    [{ name: "x", onRequest: "yes" }, /onRequest of plugin x to be a function, got string/u],
  ])("refuses %o", (plugin, message) => {
    expect(() => new PluginList().add(plugin as never, 50)).toThrow(message);
  });

  it("takes an object of a class, with its hooks on the prototype", () => {
    class Counting {
      readonly name = "counting";
      onRequest(): void {}
    }
    const list = new PluginList();
    list.add(new Counting(), 50);
    expect(list.inOrder[0]?.onRequest).toBeTypeOf("function");
  });
});
