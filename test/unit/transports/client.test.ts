import { describe, expect, it } from "vitest";
import { Client } from "../../../src/transports/client.ts";

const accepted = { descriptor: -1, address: Uint8Array.of(192, 0, 2, 1), port: 4321 };

describe("Client", () => {
  it("shows balancers a socket that knows the client, and whose errors end nothing", async () => {
    const { socket } = new Client({ resting: new Set(), give() {} }, accepted, 0);
    expect(socket).toMatchObject({
      remoteAddress: "192.0.2.1",
      remotePort: 4321,
      remoteFamily: "IPv4",
    });
    const closed = new Promise((resolve) => void socket.once("close", resolve));
    socket.write("a balancer should not");
    await closed;
  });
});
