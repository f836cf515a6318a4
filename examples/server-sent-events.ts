// Server-sent events: each client gets the time, once a second, until it goes away.
import { express, startServer } from "rollcage";

const app = express({ threads: 0 });

app.get("/", (_req, res) => {
  res.type("html").send(
    `<pre id="log"></pre>
    <script>
      new EventSource("/events").onmessage = ({ data }) => log.append(data + "\\n");
    </script>`,
  );
});

app.get("/events", (_req, res) => {
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  const send = () => {
    res.write(`data: ${JSON.stringify({ time: new Date().toISOString(), pid: process.pid })}\n\n`);
  };
  send();
  const timer = setInterval(send, 1_000);
  res.on("close", () => clearInterval(timer));
});

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
