// Chat rooms that span all workers; see websocket-rooms.ts and websocket-rooms-redis.ts.
import { publish } from "rollcage";
import { HttpError, safeHandler, safeWebSocket } from "rollcage/safety";
import { App, type TemplatedApp } from "rollcage/uws";

interface Guest {
  readonly name: string;
  readonly room: string;
}

const page = `<!doctype html>
<title>Chat</title>
<form id="join"><input name="name" placeholder="name" required><input name="room" value="lobby"><button>join</button></form>
<form id="say" hidden><input name="text" autocomplete="off" autofocus><button>say</button></form>
<ol id="log"></ol>
<script>
  const [join, say, log] = ["join", "say", "log"].map((id) => document.getElementById(id));
  join.onsubmit = (event) => {
    event.preventDefault();
    const socket = new WebSocket(location.href.replace("http", "ws") + "chat?" + new URLSearchParams(new FormData(join)));
    socket.onmessage = ({ data }) => {
      const { from, text } = JSON.parse(data);
      log.append(Object.assign(document.createElement("li"), { textContent: from + ": " + text }));
    };
    socket.onopen = () => { join.hidden = true; say.hidden = false; };
    say.onsubmit = (event) => { event.preventDefault(); socket.send(say.text.value); say.reset(); };
  };
</script>`;

export function createChat(): TemplatedApp {
  return App()
    .get(
      "/",
      safeHandler((res) => res.send(page, { type: "text/html; charset=utf-8" })),
    )
    .ws(
      "/chat",
      safeWebSocket<Guest>({
        maxPayloadLength: 4_096,
        upgrade(res, req) {
          const name = req.getQuery("name") ?? "";
          const room = req.getQuery("room") ?? "";
          if (!/^[\w-]{1,20}$/u.test(name) || !/^[\w-]{1,20}$/u.test(room)) {
            throw new HttpError(400, "name and room must be 1 to 20 letters, digits, _ or -");
          }
          res.upgrade({ name, room });
        },
        open(ws) {
          ws.subscribe(topicOf(ws.data));
          tell(ws.data, `joined (worker ${process.pid})`);
        },
        message: (ws, message) => tell(ws.data, Buffer.from(message).toString()),
        close: (ws) => tell(ws.data, "left"),
      }),
    );
}

const topicOf = ({ room }: Guest): string => `room/${room}`;

/** To everybody in the room, whichever worker or machine holds their connection. */
function tell(guest: Guest, text: string): void {
  publish(topicOf(guest), JSON.stringify({ from: guest.name, text }));
}
