import inspector from "node:inspector";
import { isThenable } from "../../src/internal/is-thenable.ts";
import { SafetyError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "../uws-types.ts";
import { BodySource } from "./body-source.ts";
import type { DeadlineEntry } from "./deadlines.ts";
import { declaresBody, framingOf, noBody, type Framing } from "./framing.ts";
import { report } from "./report.ts";
import { copyHeaders, RequestSnapshot } from "./request-snapshot.ts";
import { TRACES, type ErrorContext, type HandlerSite, type Route } from "./site.ts";

/**
 * `head`: nothing is out yet. `sealed`: nor is it now, but the answer has been given and is being prepared.
 * `body`: the head is out, and perhaps part of the body.
 */
export type Phase = "head" | "sealed" | "body" | "ended" | "aborted";

/** May be async: see {@link Exchange.observe}. */
export type Listener = () => unknown;

/**
 * One request and its answer: the state that every part of this folder works on.
 *
 * A request that is answered in its first tick costs this object and little else; what takes longer is
 * paid for in {@link Exchange.detach}.
 */
export class Exchange implements DeadlineEntry {
  readonly raw: HttpResponse;
  readonly site: HandlerSite;
  readonly framing: Framing;
  /** In lower case. */
  readonly method: string;
  phase: Phase = "head";
  /** µWS gathers writes by itself during the first tick and inside `cork`. */
  corked = true;
  /** The live request; only until the handler first returns. */
  request: HttpRequest | undefined;
  snapshot: RequestSnapshot | undefined = undefined;
  body: BodySource | undefined = undefined;
  /** All of the body, once somebody has asked for it. */
  wholeBody: Promise<Buffer> | undefined = undefined;

  // The head of the answer, held back until the body begins, so that an error can still replace it.
  status: string | undefined = undefined;
  headers: string[] | undefined = undefined;
  contentLength: string | undefined = undefined;
  /** Length of the whole body, when it is sent by `tryEnd`. */
  size: number | undefined = undefined;
  /** Close the connection behind the answer. */
  closeAfter = false;

  /** The handler gave the request on to the next route. */
  yielded = false;
  /** The handler listens for an abort, which in µWS says that it answers later, or reads the body. */
  watched = false;
  /** Native callbacks or a stream go on with the answer, also when the handler's promise has settled. */
  promised = false;
  /** The answer came from the safety layer: what the handler still does is no misuse. */
  overruled = false;

  slice = 0;
  previous: DeadlineEntry | undefined = undefined;
  next: DeadlineEntry | undefined = undefined;

  #detached = false;
  #headers: readonly string[] | undefined = undefined;
  #url: string | undefined = undefined;
  #accept: string | undefined = undefined;
  #abortListeners: Listener[] | undefined = undefined;
  #finishListeners: Listener[] | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #abortReason: SafetyError | undefined = undefined;
  #endedAt: Error | undefined = undefined;

  constructor(raw: HttpResponse, request: HttpRequest, site: HandlerSite) {
    this.raw = raw;
    this.request = request;
    this.site = site;
    const { method } = site.route;
    // `getMethod` would turn the method into lower case in place, for those who ask for it as it is.
    const asked = method === undefined || method === "any";
    this.method = asked ? request.getCaseSensitiveMethod().toLowerCase() : method;
    if (carriesBody(this.method) || declaresBody(request)) {
      // Every line counts: µWS shows the first length only, and hides an empty one in front of another.
      this.#headers = copyHeaders(request);
      this.framing = framingOf(this.#headers);
    } else {
      this.framing = noBody;
    }
  }

  /** Nothing more can be said: the answer has been given, or the client has gone away. */
  get done(): boolean {
    return this.settled || this.phase === "sealed";
  }

  /** µWS's response must not be touched any more. */
  get settled(): boolean {
    return this.phase === "ended" || this.phase === "aborted";
  }

  get isHead(): boolean {
    return this.method === "head";
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const reason = this.abortReason;
      if (reason !== undefined) this.#controller.abort(reason);
    }
    return this.#controller.signal;
  }

  /** Aborts {@link Exchange.signal}, also for those who ask for it only later. */
  abortSignal(reason: SafetyError): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(this.#abortReason);
  }

  /** Made when it is first asked for: most clients that go away are missed by nobody. */
  get abortReason(): SafetyError | undefined {
    if (this.#abortReason === undefined && this.phase === "aborted") {
      const { route } = this.describe();
      this.#abortReason = new SafetyError("ERR_ROLLCAGE_REQUEST_ABORTED", { route });
    }
    return this.#abortReason;
  }

  onAborted(listener: Listener): void {
    if (this.phase === "aborted") this.call(listener);
    else if (!this.settled) this.#abortListeners = withOne(this.#abortListeners, listener);
  }

  onFinished(listener: Listener): void {
    if (this.settled) this.call(listener);
    else this.#finishListeners = withOne(this.#finishListeners, listener);
  }

  /**
   * The handler will not answer in its first tick: everything that µWS takes away when the handler returns
   * is saved, and the callbacks without which the process would end are registered.
   */
  detach(): void {
    if (this.#detached || this.settled) return;
    this.#detached = true;
    this.raw.onAborted(() => this.settle("aborted"));
    this.saveRequest();
    if (this.framing.kind !== "none") this.openBody();
    if (this.phase === "head") this.site.deadlines?.add(this);
  }

  /**
   * Keeps what may still be asked for. For a handler that cannot ask, and a route on which the toolkit did not
   * either, that is what a report and an error answer need.
   */
  saveRequest(): void {
    const { request, site } = this;
    if (request === undefined) return;
    this.request = undefined;
    if (site.copies > 0 || this.framing.kind !== "none") {
      site.copies--;
      const known = { method: this.method, route: site.route, headers: this.#headers };
      this.snapshot = new RequestSnapshot(request, known);
    } else {
      this.#url = request.getUrl();
      this.#accept = request.getHeader("accept");
    }
  }

  /** @returns The body, listened to from the first tick on; `undefined` where the request has none. */
  openBody(): BodySource | undefined {
    if (this.framing.kind === "none") return undefined;
    return (this.body ??= new BodySource(this.raw, {
      // What hides behind the end of a chunked body is parsed in the same turn; see safe-handler.ts.
      // And µWS stalls when a debugger stops inside a chunk callback.
      deferred: this.framing.kind !== "length" || inspector.url() !== undefined,
      onProgress: () => this.#postpone(),
      onThrow: (error) => this.site.fail(this, error),
    }));
  }

  /** The head goes out: from here on the deadline is kept, and the status cannot change any more. */
  begin(): void {
    this.phase = "body";
    this.site.deadlines?.remove(this);
  }

  /** The answer has been given, and will be sent after some work of ours. */
  seal(): void {
    this.phase = "sealed";
    this.site.deadlines?.remove(this);
  }

  /** @returns Whether there is still anybody to send the answer to. */
  unseal(): boolean {
    if (this.phase !== "sealed") return false;
    this.phase = "head";
    return true;
  }

  /** Ends the exchange. `false` when it had ended before. */
  settle(phase: "ended" | "aborted"): boolean {
    if (this.settled) return false;
    this.phase = phase;
    if (this.#detached) this.site.deadlines?.remove(this);
    if (phase === "aborted") this.#aborted();
    else if (this.site.traces > 0) this.#trace();
    const listeners = this.#finishListeners;
    this.#abortListeners = undefined;
    this.#finishListeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) this.call(listener);
    return true;
  }

  /** Runs a listener; if it throws, the others still run. */
  call(listener: Listener): void {
    try {
      this.observe(listener());
    } catch (error) {
      this.site.fail(this, error);
    }
  }

  /** What a callback returned. Nobody waits for one that is async, but its rejection would end the process. */
  observe(result: unknown): void {
    if (isThenable(result)) {
      result.then(undefined, (error: unknown) => this.site.fail(this, error));
    }
  }

  /** Nobody has begun to answer in time. */
  onDeadline(): void {
    this.site.expire(this);
  }

  /** A call that comes too late. Expected of whoever lost a race; worth a report from anybody else. */
  misused(call: string): void {
    if (this.phase === "aborted" || this.overruled) return;
    const { settings } = this.site;
    const error = new SafetyError(
      "ERR_ROLLCAGE_RESPONSE_MISUSED",
      {
        call: `${call}()`,
        problem: this.done ? "the response has ended already" : "the head is out already",
      },
      this.#endedAt && { cause: this.#endedAt },
    );
    if (settings.explainMisuse) this.site.traces = TRACES;
    report(error, this.describe(), settings.explainMisuse ? settings.onError : undefined);
  }

  /** A header of the request, for the parts of the toolkit that need one. */
  requestHeader(name: string): string {
    if (this.request !== undefined) return this.request.getHeader(name);
    if (name === "accept" && this.#accept !== undefined) return this.#accept;
    // Copied from now on: compression and 304 are owed to no single answer, but should not stay away.
    if (name !== "accept" && this.framing.kind === "none") this.site.copies = Infinity;
    return this.snapshot?.getHeader(name) ?? "";
  }

  describe(): ErrorContext {
    const { method } = this;
    const url = this.#url ?? this.snapshot?.url ?? this.request?.getUrl() ?? "";
    return {
      method,
      url,
      route: routeName(this.site.route, method, url),
      aborted: this.phase === "aborted",
    };
  }

  #aborted(): void {
    const listeners = this.#abortListeners;
    this.body?.stop();
    this.#controller?.abort(this.abortReason);
    if (listeners !== undefined) for (const listener of listeners) this.call(listener);
  }

  #trace(): void {
    this.site.traces--;
    this.#endedAt = new Error("The response was ended here");
  }

  /** While a body arrives, the client and not the handler is what takes its time. */
  #postpone(): void {
    if (this.phase !== "head" || this.site.deadlines === undefined) return;
    this.site.deadlines.remove(this);
    this.site.deadlines.add(this);
  }
}

/** Most requests have one listener, or none; an array that is pushed into has room for 17. */
function withOne(listeners: Listener[] | undefined, listener: Listener): Listener[] {
  if (listeners === undefined) return [listener];
  listeners.push(listener);
  return listeners;
}

function carriesBody(method: string): boolean {
  return method === "post" || method === "put" || method === "patch";
}

function routeName({ method, pattern }: Route, requestMethod: string, url: string): string {
  const verb = method === undefined || method === "any" ? requestMethod : method;
  if (pattern !== undefined) return `${verb.toUpperCase()} ${pattern}`.trimStart();
  return url === "" ? "an unnamed route" : `${requestMethod.toUpperCase()} ${url}`;
}
