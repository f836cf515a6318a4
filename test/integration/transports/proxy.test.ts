import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { Dispatcher, type Dispatch } from "../../../src/transports/dispatcher.ts";
import { createProxyTransport } from "../../../src/transports/proxy.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ family }) => family === "IPv6"),
);

it.skipIf(!hasIpv6)(
  "tells balancers the IPv4 address of a client of a dual-stack listener",
  async () => {
    const config = resolveConfig({ host: "::", port: 0 });
    const dispatched = Promise.withResolvers<Dispatch>();
    const dispatcher = new Dispatcher(config, () => []);
    dispatcher.dispatch = dispatched.resolve;
    const transport = createProxyTransport({
      config,
      appKind: "node-http",
      dispatcher,
      syscalls: undefined,
      privateFolder: tmpdir(),
      isReady: () => true,
    });
    const { port } = await transport.listen();
    const client = connect(port, "127.0.0.1");
    onTestFinished(async () => {
      client.destroy();
      transport.close();
      await transport.stopAccepting(AbortSignal.abort());
    });
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const { peer } = await dispatched.promise;
    expect(peer).toMatchObject({ remoteAddress: "127.0.0.1", remotePort: client.localPort });
  },
);
