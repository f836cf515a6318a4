import { constants } from "node:os";
import { connectionDescriptorLimit } from "../native/descriptor-limit.ts";
import { MAX_DESCRIPTORS, type Syscalls } from "../native/syscalls.ts";
import { decodeEntries, encodeRecords, type WorkerRecord } from "../messages/handoff-frames.ts";

const { EAGAIN } = constants.errno;

/** How stale the primary's count of open connections may be. */
const REPORT_INTERVAL_MS = 50;

/** Messages taken in one turn: the requests on them must get theirs too. */
const MESSAGES_PER_TURN = 4;

export interface HandoffReceiverOptions {
  readonly syscalls: Syscalls;
  /** The worker's end of the channel. Belongs to the receiver from here on. */
  readonly descriptor: number;
  /** Gives a socket to the app. Throws if the app did not take it. */
  readonly adopt: (descriptor: number, address: Uint8Array) => void;
  /** Connections that are open in the app, however they came. */
  readonly connections: () => number;
}

/**
 * The worker's side of the hand-off: takes sockets out of the channel, gives them to the app, and answers
 * for each in the same turn, before the event loop can read from any of them. So a socket that was not
 * answered for when the worker died has not been read, unless it died within that turn.
 *
 * @returns Stops it and closes the channel.
 */
export function startHandoffReceiver(options: HandoffReceiverOptions): () => void {
  const { syscalls, descriptor, adopt, connections } = options;
  const limit = connectionDescriptorLimit();
  let unsent: Buffer = Buffer.alloc(0);
  let adoptedTotal = 0;
  let reported = "";
  let timer: NodeJS.Timeout | undefined;

  const send = (records: readonly WorkerRecord[]): void => {
    const said = encodeRecords(records);
    const bytes = unsent.length === 0 ? said : Buffer.concat([unsent, said]);
    const sent = syscalls.send(descriptor, bytes);
    // Full only if the primary has not read for many seconds; what it waits for is bounded, so is this.
    // Any other error means that there is no primary any more.
    unsent = sent >= 0 ? bytes.subarray(sent) : bytes.subarray(sent === -EAGAIN ? 0 : bytes.length);
  };

  const takeOver = (socket: number | undefined, address: Uint8Array): boolean => {
    if (socket === undefined) return false; // No room at all for it in this process.
    try {
      if (socket >= limit) throw new RangeError("the descriptors left are for the app itself");
      adopt(socket, address);
      adoptedTotal++;
      return true;
    } catch {
      syscalls.close(socket);
      return false;
    }
  };

  const report = (): void => {
    timer = undefined;
    const open = connections();
    const state = `${adoptedTotal} ${open}`;
    if (unsent.length > 0) {
      send([]); // First what did not fit; only the newest report matters.
    } else if (state !== reported) {
      send([{ kind: "report", adoptedTotal, open }]);
      reported = state;
    }
    if (open > 0 || unsent.length > 0 || state !== reported) scheduleReport();
  };

  const scheduleReport = (): void => {
    timer ??= setTimeout(report, REPORT_INTERVAL_MS).unref();
  };

  const onReadable = (): void => {
    for (let i = 0; i < MESSAGES_PER_TURN; i++) {
      const message = syscalls.receiveDescriptors(descriptor);
      if (message.bytes === 0) stop();
      if (message.bytes <= 0) return;
      const { descriptors } = message;
      const answers = decodeEntries(message.data).map(({ id, address }, index): WorkerRecord => ({
        kind: takeOver(descriptors[index], address) ? "adopted" : "not-taken",
        id,
      }));
      send(answers);
      scheduleReport();
      if (descriptors.length < MAX_DESCRIPTORS) return; // Hardly any more; else the next turn tells.
    }
  };

  syscalls.closeOnExec(descriptor);
  // The channel alone is no reason to stay: the worker lives as long as its primary wants it to.
  const stopPolling = syscalls.poll(descriptor, onReadable, { keepAlive: false });
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    clearTimeout(timer);
    stopPolling();
    syscalls.close(descriptor);
  };
  return stop;
}
