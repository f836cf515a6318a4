import { createServer, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { runWorkers } from "../frame/run-workers.ts";
import { answerUser } from "./answer.ts";

const server = createServer((request, response) => {
  const id = /^\/user\/([^/?]+)$/.exec(request.url ?? "")?.[1];
  if (request.method === "GET" && id !== undefined) return send(response, answerUser(id));
  if (request.method === "POST" && request.url === "/echo") {
    void json(request).then((body) => send(response, body));
    return;
  }
  response.writeHead(404).end();
});

function send(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    })
    .end(body);
}

await runWorkers(
  (port) => new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve)),
);
