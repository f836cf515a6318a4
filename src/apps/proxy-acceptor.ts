import { createServer, type Server, type Socket } from "node:net";
import { decodeClient, PREFIX_BYTES, restBytes } from "../internal/proxy-protocol.ts";

/** A listener for what arrives as clients send it. */
export function createAcceptor(onConnection: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
}

/**
 * The worker's listener for what the primary relays: takes exactly one PROXY header off each connection,
 * makes it the socket's address, and passes the socket on with everything behind it unread.
 */
export function createProxyAcceptor(onConnection: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    let prefix: Buffer | undefined;
    const destroy = () => socket.destroy();
    const read = (): void => {
      prefix ??= socket.read(PREFIX_BYTES) ?? undefined;
      if (prefix === undefined) return;
      const length = restBytes(prefix);
      if (length === undefined) return void socket.destroy();
      const rest: Buffer | null = socket.read(length);
      if (rest === null) return;
      socket.off("readable", read);
      socket.off("error", destroy);
      socket.off("end", destroy);
      setAddress(socket, decodeClient(prefix, rest));
      onConnection(socket);
    };
    socket.on("readable", read);
    socket.on("error", destroy);
    socket.on("end", destroy);
  });
}

/** Own properties over the getters of the prototype, which ask the kernel and would name the primary. */
function setAddress(
  socket: Socket,
  client: { address: string | undefined; port: number | undefined },
): void {
  const family = client.address?.includes(":") ? "IPv6" : "IPv4";
  const own = { remoteAddress: client.address, remotePort: client.port, remoteFamily: family };
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(socket, name, { value, configurable: true });
  }
}
