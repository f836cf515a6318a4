import { once } from "node:events";
import net from "node:net";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { safeHandler } from "../../../safety/index.ts";
import { startServer } from "../../helpers/real-backend.ts";
import { sendRequest } from "../../helpers/send-request.ts";

describe("res.stream to a chunked request", () => {
  it.each([{ size: undefined }, { size: 4 }])(
    "takes nothing more from the connection behind the answer (size $size)",
    async ({ size }) => {
      let hidden = 0;
      const server = await startServer((app) => {
        app
          .post(
            "/stream",
            safeHandler((res) => res.stream(Readable.from(["on", "e\n"]), { size })),
          )
          .get(
            "/hidden",
            safeHandler((res) => {
              hidden++;
              res.end();
            }),
          )
          .get(
            "/",
            safeHandler((res) => res.end()),
          );
      });
      const socket = net.connect(server.port, "127.0.0.1");
      socket.write(
        "POST /stream HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      );
      let answer = "";
      while (!answer.includes("e\n")) answer += String((await once(socket, "data"))[0]);
      expect(answer).toMatch(/^connection: close\r$/imu);
      await new Promise((sent) => {
        socket.write("GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n", sent);
      });
      // Whatever the server read from that connection, it had read before the second of these.
      await sendRequest(`http://127.0.0.1:${server.port}/`);
      await sendRequest(`http://127.0.0.1:${server.port}/`);
      socket.destroy();
      server.close();
      expect(hidden).toBe(0);
    },
  );
});
