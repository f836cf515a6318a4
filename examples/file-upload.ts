// Uploads of up to 10 MB, written to disk as they arrive. The folder is the state that all workers
// share: what one of them has stored, each of them can give back.
import { tmpdir } from "node:os";
import path from "node:path";
import multer, { MulterError } from "multer";
import { express, startServer } from "rollcage";

const folder = path.join(tmpdir(), "rollcage-uploads");
const upload = multer({ dest: folder, limits: { fileSize: 10_000_000, files: 1 } });

const app = express({ threads: 0 });

app.get("/", (_req, res) => {
  res.type("html").send(
    `<form action="/files" method="post" enctype="multipart/form-data">
      <input type="file" name="file" required /> <button>Upload</button>
    </form>`,
  );
});

app.post("/files", upload.single("file"), (req, res) => {
  if (req.file === undefined) {
    res.status(400).json({ error: 'expected a form with a file named "file"' });
    return;
  }
  const { filename, originalname, size } = req.file;
  res.status(201).location(`/files/${filename}`).json({ name: originalname, bytes: size });
});

app.get("/files/:id", (req, res, next) => {
  // A name that somebody else has chosen is downloaded, never shown: it could be a page with a script.
  res.download(req.params.id, req.params.id, { root: folder }, (error) => {
    if (error) next(error);
  });
});

const onError: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (error instanceof MulterError) {
    const status = error.code === "LIMIT_FILE_SIZE" ? 413 : 400;
    res.status(status).json({ error: error.message });
  } else {
    next(error);
  }
};
app.use(onError);

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
