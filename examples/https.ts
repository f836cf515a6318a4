// HTTPS in the workers. `npm run example:https` makes a certificate for localhost first.
import { express, startServer } from "rollcage";

const app = express({
  threads: 0,
  uwsOptions: {
    key_file_name: process.env["TLS_KEY_FILE"] ?? ".tmp/localhost-key.pem",
    cert_file_name: process.env["TLS_CERT_FILE"] ?? ".tmp/localhost-cert.pem",
  },
});

app.get("/", (req, res) => {
  res.json({ secure: req.secure, pid: process.pid });
});

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`https://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
