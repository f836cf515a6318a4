import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { loadSyscalls } from "../../../src/native/syscalls.ts";
import { Dispatcher } from "../../../src/transports/dispatcher.ts";
import { HandoffTransport } from "../../../src/transports/handoff.ts";
import type { TransportWorker } from "../../../src/transports/transport.ts";

const syscalls = loadSyscalls();

describe.skipIf(syscalls === undefined)("HandoffTransport", () => {
  it("keeps nothing of a worker whose process could not be started", () => {
    const config = resolveConfig({});
    const transport = new HandoffTransport(
      {
        config,
        appKind: "uws",
        syscalls,
        dispatcher: new Dispatcher(config, () => []),
        privateFolder: tmpdir(),
        isReady: () => false,
      },
      syscalls!,
    );
    onTestFinished(() => transport.close());
    const descriptorsBefore = readdirSync("/proc/self/fd").length;
    const child = new EventEmitter() as ChildProcess; // Without a pid, and without an exit to come.
    child.on("error", () => {});
    transport.openLink().attach({ child, candidate: {} } as TransportWorker);
    child.emit("error", new Error("spawn EAGAIN"));
    expect(readdirSync("/proc/self/fd")).toHaveLength(descriptorsBefore);
  });
});
