import { express } from "../../src/index.ts";
import { announceReady } from "../frame/announce.ts";
import { createFiles } from "./files.ts";

const app = express({ threads: 0 });
app.use(express.static(createFiles()));
const server = app.listen(0, "127.0.0.1", () => {
  // It calls back before `listen` has returned.
  setImmediate(() => {
    const address = server.address();
    if (typeof address === "object" && address !== null) announceReady(address.port);
  });
});
