// Files: a folder with caching, ranges and conditional requests, and downloads.
import path from "node:path";
import { express, startServer } from "rollcage";

const folder = path.join(import.meta.dirname, "public");

const app = express({ threads: 0 });

app.use(express.static(folder, { maxAge: "1h" }));

app.get("/downloads/:name", (req, res, next) => {
  // With `root`, a name cannot lead out of the folder.
  res.download(req.params.name, req.params.name, { root: folder }, (error) => {
    if (error) next(error);
  });
});

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
