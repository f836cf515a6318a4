// An Express app on every core.
import { express, startServer } from "rollcage";

const app = express({ threads: 0 });

app.get("/", (_req, res) => {
  res.send(`hello from process ${process.pid}\n`);
});

const { mode, port, transport, workers } = await startServer(app);

// The same program runs in the primary and in every worker.
if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
