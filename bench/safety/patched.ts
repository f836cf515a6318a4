// What people usually write instead of a library: the response is patched anew for every request, and the request copied.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  App,
  us_socket_local_port,
  type HttpRequest,
  type HttpResponse,
  type RecognizedString,
} from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { findUser, largeJson, userOf } from "./data.ts";

const compress = promisify(gzip);
const GZIP_LEVEL = 6;

interface Snapshot {
  readonly url: string;
  readonly query: string;
  readonly method: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Handler = (res: HttpResponse, req: Snapshot) => unknown;

function patched(handler: Handler): (res: HttpResponse, req: HttpRequest) => void {
  return (res, req) => {
    let isDone = false;
    res.onAborted(() => {
      isDone = true;
    });
    const end = res.end.bind(res);
    res.end = (body?: RecognizedString, closeConnection?: boolean) => {
      if (isDone) return res;
      isDone = true;
      return res.cork(() => end(body, closeConnection));
    };
    const writeHeader = res.writeHeader.bind(res);
    const written: [string, RecognizedString][] = [];
    res.writeHeader = (name, value) => {
      if (!isDone) written.push([String(name), value]);
      return res;
    };
    const patchedEnd = res.end;
    res.end = (body?: RecognizedString) => {
      if (!isDone) res.cork(() => written.forEach(([name, value]) => writeHeader(name, value)));
      return patchedEnd(body);
    };
    const headers: Record<string, string> = {};
    req.forEach((name, value) => {
      headers[name] = value;
    });
    const snapshot = {
      url: req.getUrl(),
      query: req.getQuery(),
      method: req.getMethod(),
      id: req.getParameter(0) ?? "",
      headers,
    };
    void Promise.resolve(handler(res, snapshot)).catch(() => {
      if (!isDone) res.writeStatus("500 Internal Server Error").end();
    });
  };
}

function sendJson(res: HttpResponse, value: unknown): void {
  res.writeHeader("content-type", "application/json").end(JSON.stringify(value));
}

const readBody = (res: HttpResponse): Promise<Buffer> =>
  new Promise((resolve) => {
    let body = Buffer.alloc(0);
    res.onData((chunk, isLast) => {
      body = Buffer.concat([body, Buffer.from(chunk)]);
      if (isLast) resolve(body);
    });
  });

const app = App();
app.get(
  "/user/:id",
  patched((res, { id }) => sendJson(res, userOf(id))),
);
app.get(
  "/wait/:id",
  patched(async (res, { id }) => sendJson(res, await findUser(id))),
);
app.get(
  "/late/:id",
  patched(async (res, { id, headers }) => {
    sendJson(res, { ...(await findUser(id)), accept: headers["accept"] ?? "" });
  }),
);
app.post(
  "/echo",
  patched(async (res) => {
    const body = await readBody(res);
    res.writeHeader("content-type", "text/plain").end(body);
  }),
);
app.get(
  "/large",
  patched(async (res) => {
    const body = await compress(largeJson, { level: GZIP_LEVEL });
    res.writeHeader("content-type", "application/json").writeHeader("content-encoding", "gzip");
    res.end(body);
  }),
);
app.listen("127.0.0.1", 0, (socket) => {
  if (socket) announceReady(us_socket_local_port(socket));
});
