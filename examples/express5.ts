// An Express 5 app as it was, on node:http; only `app.listen` became `startServer`.
import express from "express";
import { startServer } from "rollcage";

const app = express();

app.use(express.json());

app.get("/", (_req, res) => {
  res.send(`hello from process ${process.pid}\n`);
});

app.post("/echo", (req, res) => {
  res.json(req.body);
});

// Was: app.listen(3000)
const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
