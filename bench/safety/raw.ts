// As a careful author writes it by hand for µWebSockets.js: every abort heard, every late answer corked.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { App, us_socket_local_port, type HttpResponse } from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { findUser, largeJson, userOf } from "./data.ts";

const compress = promisify(gzip);
const GZIP_LEVEL = 6;

function sendJson(res: HttpResponse, value: unknown): void {
  res.writeHeader("content-type", "application/json").end(JSON.stringify(value));
}

/** Runs what answers later; whoever left in the meantime gets nothing. */
async function answerLater(res: HttpResponse, answer: () => Promise<() => void>): Promise<void> {
  let aborted = false;
  res.onAborted(() => {
    aborted = true;
  });
  try {
    const send = await answer();
    if (!aborted) res.cork(send);
  } catch (error) {
    console.error(error);
    if (!aborted) res.cork(() => res.writeStatus("500 Internal Server Error").end());
  }
}

const app = App();

app.get("/user/:id", (res, req) => sendJson(res, userOf(req.getParameter(0) ?? "")));

app.get("/wait/:id", (res, req) => {
  const id = req.getParameter(0) ?? "";
  void answerLater(res, async () => {
    const user = await findUser(id);
    return () => sendJson(res, user);
  });
});

app.get("/late/:id", (res, req) => {
  const id = req.getParameter(0) ?? "";
  const accept = req.getHeader("accept");
  void answerLater(res, async () => {
    const user = await findUser(id);
    return () => sendJson(res, { ...user, accept });
  });
});

app.post("/echo", (res) => {
  const chunks: Buffer[] = [];
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  res.onData((chunk, isLast) => {
    // The memory is taken back after the call, so it must be copied.
    chunks.push(Buffer.from(new Uint8Array(chunk)));
    if (isLast && !isAborted) {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      res.cork(() => res.writeHeader("content-type", "text/plain").end(body));
    }
  });
});

app.get("/large", (res, req) => {
  const accepts = req.getHeader("accept-encoding").includes("gzip");
  void answerLater(res, async () => {
    const body = accepts ? await compress(largeJson, { level: GZIP_LEVEL }) : largeJson;
    return () => {
      res.writeHeader("content-type", "application/json").writeHeader("vary", "accept-encoding");
      if (accepts) res.writeHeader("content-encoding", "gzip");
      res.end(body);
    };
  });
});

app.listen("127.0.0.1", 0, (socket) => {
  if (socket) announceReady(us_socket_local_port(socket));
});
