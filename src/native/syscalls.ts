import { createRequire } from "node:module";
import { constants } from "node:os";
import type * as koffiModule from "koffi";
import {
  emptyMessage,
  epollEventLayout,
  fillMessage,
  isUntouched,
  layOutMessage,
  messageBytes,
  readDescriptors,
  TCP_INFO_BYTES,
  type Architecture,
  type MessageLayout,
} from "./memory-layout.ts";

/*
 * Why system calls at all.
 *
 * Node can pass a socket to another process, but only through `process.send`: as JSON, one at a time, each
 * acknowledged before the next, and a `net.Socket` made on both sides. That costs more than the request.
 * It cannot look at the first bytes of a connection without taking them out of the socket either, and
 * whoever takes them out has to carry all others too. The kernel can do both, and asks little:
 *
 * - `accept4` straight from the listening socket: no stream object for a socket that is only passed on.
 *   The peer's address comes with it.
 * - `recv(MSG_PEEK)` reads a request head and leaves it where it is, for whoever serves the request.
 * - `epoll` with edge triggering tells when *more* bytes have come to a socket whose bytes nobody takes;
 *   without it, waiting for the rest of a head means looking again and again.
 * - `sendmsg` with SCM_RIGHTS puts many sockets into one message; `recvmsg` takes them out again.
 * - `TCP_DEFER_ACCEPT` lets the kernel hold a connection back until its first bytes are there.
 * - `TCP_INFO` and `SIOCINQ` together say whether anything was ever read from a socket. A connection whose
 *   worker died may be given to another worker exactly if nothing was.
 * - `prctl(PR_SET_PDEATHSIG)` ends a worker with its primary, also when that was killed with SIGKILL.
 *
 * Rules of this file. No call blocks: each socket is non-blocking, or the call says MSG_DONTWAIT. Every
 * descriptor made here is close-on-exec. A call returns what the kernel returns, a negative number being
 * the error (`-errno`); nothing throws, because every errno here is a normal event somewhere and the
 * caller has to say what it means there. EINTR is none of them: what does not block is not interrupted.
 * Whoever receives a descriptor closes it. Calls go through koffi (0.2 µs each), an optional dependency:
 * without it, and anywhere but on 64-bit Linux, there are no system calls, and the caller does without.
 */

/** Most descriptors in one message. The kernel takes 253. */
export const MAX_DESCRIPTORS = 64;

/** Most bytes in one message. */
const MESSAGE_DATA_BYTES = 4096;

const MAX_EPOLL_EVENTS = 256;

export interface ReceivedMessage {
  /** Bytes received; 0 at the end of the stream, negative an errno. */
  readonly bytes: number;
  /** Valid until the next call. */
  readonly data: Buffer;
  /** The receiver's own from here on. Some may be missing: the process had no room for them. */
  readonly descriptors: readonly number[];
}

export interface Syscalls {
  /**
   * Takes the next connection from a listening socket, non-blocking.
   *
   * @param address Receives the peer's address, `SOCKET_ADDRESS_BYTES` of it.
   */
  accept(listener: number, address: Buffer): number;
  /** Copies what has arrived without taking it. 0 is the end of the stream. */
  peek(socket: number, into: Buffer): number;
  /** Takes what has arrived. 0 is the end of the stream. */
  receive(socket: number, into: Buffer): number;
  send(socket: number, bytes: Uint8Array): number;
  /** Sends bytes and up to {@link MAX_DESCRIPTORS} descriptors, all or nothing on a stream of short messages. */
  sendDescriptors(socket: number, bytes: Uint8Array, descriptors: readonly number[]): number;
  receiveDescriptors(socket: number): ReceivedMessage;
  /** Two connected stream sockets. */
  socketPair(): readonly [number, number] | number;
  duplicate(descriptor: number): number;
  /** Keeps an inherited descriptor from the children of this process. */
  closeOnExec(descriptor: number): number;
  close(descriptor: number): number;
  /** Ends the sending half. */
  shutdown(socket: number): number;
  /** Lets the kernel hold connections back for up to `seconds` until their first bytes are there. */
  deferAccept(listener: number, seconds: number): number;
  /** Whether no byte was ever read from this TCP socket. `false` also where that cannot be known. */
  isUnread(socket: number): boolean;
  createEpoll(): number;
  /** Reports each arrival of bytes, and the end of the stream, once. */
  watchArrivals(epoll: number, socket: number): number;
  unwatch(epoll: number, socket: number): number;
  /** Sockets with something new since they were last reported. Does not wait. */
  arrivals(epoll: number): readonly Arrival[];
  /** Has this process sent `signal` when its parent ends. */
  setParentDeathSignal(signal: NodeJS.Signals): number;
  /**
   * Calls `onReadable` in every turn of the event loop in which `descriptor` has something to read.
   *
   * @returns Stops it; to be called before the descriptor is closed.
   */
  poll(descriptor: number, onReadable: () => void, options?: PollOptions): () => void;
}

export interface Arrival {
  readonly socket: number;
  /** The client has ended or broken the connection: no more bytes will come. */
  readonly ended: boolean;
}

export interface PollOptions {
  /** Whether waiting keeps the process alive. @default true */
  readonly keepAlive?: boolean | undefined;
}

const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x8_0000;
const AF_UNIX = 1;
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;
const TCP_INFO = 11;
const SIOCINQ = 0x541b;
const SHUT_WR = 1;
const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 0x1;
const EPOLLERR = 0x8;
const EPOLLHUP = 0x10;
const EPOLLRDHUP = 0x2000;
const EPOLLET = 0x8000_0000;
const PR_SET_PDEATHSIG = 1;

type Koffi = typeof koffiModule;

/** @returns `undefined` where there is no koffi, or no 64-bit Linux. */
export function loadSyscalls(): Syscalls | undefined {
  if (process.platform !== "linux") return undefined;
  if (process.arch !== "x64" && process.arch !== "arm64") return undefined;
  const koffi = loadKoffi();
  return koffi === undefined ? undefined : bind(koffi, process.arch);
}

function loadKoffi(): Koffi | undefined {
  try {
    const koffi: Koffi = createRequire(import.meta.url)("koffi");
    // `node.poll` is young: look before relying on it.
    return typeof koffi.node?.poll === "function" ? koffi : undefined;
  } catch {
    return undefined; // Not installed, or not for this libc.
  }
}

function bind(koffi: Koffi, arch: Architecture): Syscalls {
  const c = declareFunctions(koffi);
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);
  const createMessage = (): MessageLayout => {
    const memory = allocate(messageBytes(MESSAGE_DATA_BYTES, MAX_DESCRIPTORS));
    return layOutMessage(memory, koffi.address(memory), MESSAGE_DATA_BYTES, MAX_DESCRIPTORS);
  };
  const outgoing = createMessage();
  const incoming = createMessage();
  const integer = allocate(8);
  const tcpInfo = allocate(TCP_INFO_BYTES);
  const event = epollEventLayout(arch);
  const events = allocate(event.size * MAX_EPOLL_EVENTS);

  return {
    accept(listener, address) {
      integer.writeInt32LE(address.length);
      return orErrno(c.accept4(listener, address, integer, SOCK_NONBLOCK | SOCK_CLOEXEC));
    },
    peek: (socket, into) => orErrno(c.recv(socket, into, into.length, MSG_PEEK | MSG_DONTWAIT)),
    receive: (socket, into) => orErrno(c.recv(socket, into, into.length, MSG_DONTWAIT)),
    send: (socket, bytes) =>
      orErrno(c.send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL)),
    sendDescriptors(socket, bytes, descriptors) {
      outgoing.data.set(bytes);
      fillMessage(outgoing, bytes.length, descriptors);
      return orErrno(c.sendmsg(socket, outgoing.memory, MSG_DONTWAIT | MSG_NOSIGNAL));
    },
    receiveDescriptors(socket) {
      emptyMessage(incoming, MAX_DESCRIPTORS);
      const bytes = orErrno(c.recvmsg(socket, incoming.memory, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
      const data = incoming.data.subarray(0, Math.max(bytes, 0));
      return { bytes, data, descriptors: bytes > 0 ? readDescriptors(incoming) : [] };
    },
    socketPair() {
      const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
      const result = orErrno(c.socketpair(AF_UNIX, type, 0, integer));
      return result < 0 ? result : [integer.readInt32LE(0), integer.readInt32LE(4)];
    },
    duplicate: (descriptor) => orErrno(c.fcntl(descriptor, F_DUPFD_CLOEXEC, 3)),
    closeOnExec: (descriptor) => orErrno(c.fcntl(descriptor, F_SETFD, FD_CLOEXEC)),
    close: (descriptor) => orErrno(c.close(descriptor)),
    shutdown: (socket) => orErrno(c.shutdown(socket, SHUT_WR)),
    deferAccept(listener, seconds) {
      integer.writeInt32LE(seconds);
      return orErrno(c.setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, integer, 4));
    },
    isUnread(socket) {
      integer.writeInt32LE(TCP_INFO_BYTES);
      if (c.getsockopt(socket, IPPROTO_TCP, TCP_INFO, tcpInfo, integer) < 0) return false;
      if (integer.readInt32LE() < TCP_INFO_BYTES) return false;
      if (c.ioctl(socket, SIOCINQ, integer) < 0) return false;
      return isUntouched(tcpInfo, integer.readInt32LE());
    },
    createEpoll: () => orErrno(c.epoll_create1(SOCK_CLOEXEC)),
    watchArrivals(epoll, socket) {
      events.writeUInt32LE((EPOLLIN | EPOLLRDHUP | EPOLLET) >>> 0);
      events.writeInt32LE(socket, event.dataAt);
      return orErrno(c.epoll_ctl(epoll, EPOLL_CTL_ADD, socket, events));
    },
    unwatch: (epoll, socket) => orErrno(c.epoll_ctl(epoll, EPOLL_CTL_DEL, socket, events)),
    arrivals(epoll) {
      const count = c.epoll_wait(epoll, events, MAX_EPOLL_EVENTS, 0);
      const arrivals: Arrival[] = [];
      for (let at = 0; at < count * event.size; at += event.size) {
        const ended = (events.readUInt32LE(at) & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0;
        arrivals.push({ socket: events.readInt32LE(at + event.dataAt), ended });
      }
      return arrivals;
    },
    setParentDeathSignal: (signal) =>
      orErrno(c.prctl(PR_SET_PDEATHSIG, constants.signals[signal], 0, 0, 0)),
    poll: (descriptor, onReadable, options) => startPoll(koffi, descriptor, onReadable, options),
  };
}

/** Memory that never moves, which small typed arrays may. */
const allocate = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));

/** As in the manual pages, `ssize_t` and `socklen_t` spelt with types that koffi knows. */
function declareFunctions(koffi: Koffi) {
  const libc = koffi.load(null);
  return {
    accept4: libc.func("int accept4(int, void *, void *, int)"),
    recv: libc.func("intptr_t recv(int, void *, size_t, int)"),
    send: libc.func("intptr_t send(int, void *, size_t, int)"),
    sendmsg: libc.func("intptr_t sendmsg(int, void *, int)"),
    recvmsg: libc.func("intptr_t recvmsg(int, void *, int)"),
    socketpair: libc.func("int socketpair(int, int, int, void *)"),
    fcntl: libc.func("int fcntl(int, int, int)"),
    close: libc.func("int close(int)"),
    shutdown: libc.func("int shutdown(int, int)"),
    setsockopt: libc.func("int setsockopt(int, int, int, void *, uint32_t)"),
    getsockopt: libc.func("int getsockopt(int, int, int, void *, void *)"),
    ioctl: libc.func("int ioctl(int, unsigned long, void *)"),
    epoll_create1: libc.func("int epoll_create1(int)"),
    epoll_ctl: libc.func("int epoll_ctl(int, int, int, void *)"),
    epoll_wait: libc.func("int epoll_wait(int, void *, int, int)"),
    prctl: libc.func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)"),
  };
}

function startPoll(
  koffi: Koffi,
  descriptor: number,
  onReadable: () => void,
  { keepAlive = true }: PollOptions = {},
): () => void {
  let stopped = false;
  let due = false;
  // koffi calls without draining microtasks and without a way out for exceptions. A check-phase callback,
  // still in the same turn, is an ordinary one.
  const handle = koffi.node.poll(descriptor, { readable: true }, () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      if (!stopped) onReadable();
    });
  });
  if (!keepAlive) handle.unref();
  return () => {
    if (stopped) return;
    stopped = true;
    handle.close();
  };
}
