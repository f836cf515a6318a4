import { once } from "node:events";
import http from "node:http";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createSafety, safeHandler, type SafetyError } from "../../../safety/index.ts";
import { startServer } from "../../helpers/real-backend.ts";

describe("res.stream", () => {
  it("reports nothing when the client leaves while the source is silent", async () => {
    const errors: SafetyError[] = [];
    const safety = createSafety({ onError: (error) => errors.push(error) });
    const source = new Readable({ read() {} });
    source.push("first");
    const settled = Promise.withResolvers<void>();
    const server = await startServer((app) => {
      app.get(
        "/*",
        safety.safeHandler(async (res) => {
          await res.stream(source);
          settled.resolve();
        }),
      );
    });
    const request = http.get(`http://127.0.0.1:${server.port}/`, { agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    response.on("error", () => {});
    response.destroy();
    await settled.promise;
    server.close();
    expect(source.destroyed).toBe(true);
    expect(errors).toEqual([]);
  });

  it.each(["identity", "gzip"])("cancels a silent web stream, sent as %s", async (coding) => {
    const cancelled = Promise.withResolvers<void>();
    const server = await startServer((app) => {
      app.get(
        "/*",
        safeHandler((res) =>
          res.stream(
            new ReadableStream<string>({
              start: (controller) => controller.enqueue("first"),
              cancel: () => cancelled.resolve(),
            }),
            { type: "text/plain" },
          ),
        ),
      );
    });
    const headers = { "accept-encoding": coding };
    const request = http.get(`http://127.0.0.1:${server.port}/`, { agent: false, headers });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    response.on("error", () => {});
    response.destroy();
    await expect(cancelled.promise).resolves.toBeUndefined();
    server.close();
  });
});
