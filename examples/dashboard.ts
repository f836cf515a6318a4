// A dashboard that gets 41 KB of JSON every second, and shows how many bytes brotli saves.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publish, startServer } from "rollcage";
import { safeHandler, safeWebSocket } from "rollcage/safety";
import { App } from "rollcage/uws";

/** What a bundler would do: the page's modules, by the path under which it asks for them. */
const modules = {
  "/client.mjs": resolve("rollcage/client"),
  "/brotli/index.js": resolve("brotli-dec-wasm"),
  "/brotli/pkg/brotli_dec_wasm.js": resolve("brotli-dec-wasm/web"),
  "/brotli/pkg/brotli_dec_wasm_bg.wasm": resolve("brotli-dec-wasm/web/bg.wasm"),
};

const page = `<!doctype html>
<title>Dashboard</title>
<script type="importmap">{ "imports": { "rollcage/client": "/client.mjs", "brotli-dec-wasm": "/brotli/index.js" } }</script>
<p id="saved">waiting for the first snapshot</p>
<table id="hosts"></table>
<script type="module">
  import { connect, loadBrotliDecoder } from "rollcage/client";
  let compressed = 0, decoded = 0;
  const socket = connect(location.origin.replace("http", "ws") + "/metrics", [], {
    async loadDecoder() {
      const decode = await loadBrotliDecoder();
      return (bytes) => { compressed += bytes.byteLength; return decode(bytes); };
    },
  });
  socket.onmessage = ({ data }) => {
    decoded += new TextEncoder().encode(data).byteLength;
    document.getElementById("saved").textContent =
      decoded + " bytes of JSON came as " + compressed + " bytes: " + (100 - compressed / decoded * 100).toFixed(1) + " % saved";
    document.getElementById("hosts").replaceChildren(...JSON.parse(data).slice(0, 20).map(({ host, cpuPercent }) => {
      const row = document.createElement("tr");
      row.insertCell().textContent = host;
      row.insertCell().textContent = cpuPercent + " %";
      return row;
    }));
  };
</script>`;

const app = App()
  .get(
    "/",
    safeHandler((res) => res.send(page, { type: "text/html; charset=utf-8" })),
  )
  .ws(
    "/metrics",
    safeWebSocket({
      compression: { codec: "brotli" },
      // Whoever cannot keep up gets the next snapshot instead of all the old ones.
      onBackpressure: "drop",
      open: (ws) => ws.subscribe("metrics"),
    }),
  );

for (const [path, file] of Object.entries(modules)) {
  const content = readFileSync(file);
  const type = path.endsWith(".wasm") ? "application/wasm" : "text/javascript";
  app.get(
    path,
    safeHandler((res) => res.send(content, { type })),
  );
}

const { mode, port, workers } = await startServer(app);

if (mode === "primary") {
  // Published once, compressed once in each worker, however many browsers are watching.
  setInterval(() => publish("metrics", JSON.stringify(takeSnapshot())), 1_000);
  console.log(`http://127.0.0.1:${port} (${workers} workers)`);
}

function takeSnapshot(): object[] {
  return Array.from({ length: 440 }, (_, id) => ({
    id,
    host: `node-${id % 40}.example.net`,
    cpuPercent: Math.round(Math.random() * 1_000) / 10,
    rssBytes: Math.round(50e6 + Math.random() * 1e8),
    healthy: Math.random() > 0.05,
  }));
}

function resolve(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}
