// Vite's development server on raw routes, with hot module replacement, beside an API of one's own.
import { startServer } from "rollcage";
import { createApp, fromConnect, HandlerFlags, type Plugin } from "rollcage/safety";
import { createServer, type ViteDevServer } from "vite";

let vite: ViteDevServer | undefined;

/** Started with the worker, because the same program also runs in the primary, which serves nothing. */
const development: Plugin = {
  name: "vite",
  async onStart() {
    vite = await createServer({
      root: `${import.meta.dirname}/vite-site`,
      server: { middlewareMode: true, hmr: { port: Number(process.env["HMR_PORT"] ?? 24_678) } },
    });
  },
  onStop: () => vite?.close(),
};

const app = createApp()
  .use(development)
  .get("api/status", () => ({ pid: process.pid }), { flags: HandlerFlags.Json })
  .any(
    "*",
    fromConnect((req, res, next) => vite?.middlewares(req, res, next)),
  );

// One worker: Vite keeps in memory what each open page has loaded.
const { mode, port, transport, workers } = await startServer(app, { workers: 1 });

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
