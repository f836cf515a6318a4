// What the binary has beyond the types of uws-pack. An ES module as uws-pack is one: from a CommonJS file
// it cannot be extended under `module: node16`.
export type * from "uws-pack";

declare module "uws-pack" {
  interface TemplatedApp {
    /**
     * Takes over a connected TCP socket; it belongs to the app from here on.
     *
     * @param address The peer's 4 or 16 address bytes. Binaries that read it from the socket ignore it.
     */
    adoptSocket(descriptor: number, address?: Uint8Array): TemplatedApp;
    /** Adds an app of another thread, to which connections are given in turn. */
    addChildAppDescriptor(descriptor: unknown): TemplatedApp;
    removeChildAppDescriptor(descriptor: unknown): TemplatedApp;
    getDescriptor(): unknown;
  }
  interface HttpResponse {
    /** The peer's port; 0 where the binary cannot tell. */
    getRemotePort(): number;
  }
}
