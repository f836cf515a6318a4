// A chat on µWebSockets.js beside an Express app. Clients are on different workers, so messages go to
// the topic in all of them: `publish`, not the socket's own, which reaches one worker only.
import { express, publish, startServer } from "rollcage";

const app = express({ threads: 0 });

app.get("/", (_req, res) => {
  res.type("html").send(
    `<form id="form"><input id="line" autofocus /></form> <pre id="log"></pre>
    <script>
      const socket = new WebSocket(location.href.replace("http", "ws") + "chat");
      socket.onmessage = ({ data }) => log.append(data + "\\n");
      form.onsubmit = () => {
        socket.send(line.value);
        form.reset();
        return false;
      };
    </script>`,
  );
});

app.uwsApp.ws("/chat", {
  maxPayloadLength: 4_096,
  idleTimeout: 60,
  open: (socket) => {
    socket.subscribe("chat");
  },
  message: (_socket, message) => {
    // The bytes belong to µWebSockets.js once this returns; a string is a copy.
    publish("chat", Buffer.from(message).toString());
  },
});

const { mode, port, transport, workers } = await startServer(app);

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
