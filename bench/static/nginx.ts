// nginx of the distribution, one process, as its manual advises for static files.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { announceReady, announceUnavailable } from "../frame/announce.ts";
import { freePort } from "../frame/run-workers.ts";
import { createFiles } from "./files.ts";

const binary = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"].find((path) =>
  existsSync(path),
);
if (binary === undefined) announceUnavailable("no nginx on this machine");

const root = createFiles();
const port = await freePort();
const configuration = join(root, "nginx.conf");
writeFileSync(
  configuration,
  `daemon off;
   master_process off;
   pid ${join(root, "nginx.pid")};
   error_log stderr error;
   events { worker_connections 1024; }
   http {
     types { text/plain txt; }
     access_log off;
     sendfile on;
     tcp_nopush on;
     keepalive_requests 1000000000;
     open_file_cache max=100;
     client_body_temp_path ${root};
     proxy_temp_path ${root};
     fastcgi_temp_path ${root};
     uwsgi_temp_path ${root};
     scgi_temp_path ${root};
     server { listen 127.0.0.1:${port}; root ${root}; }
   }`,
);
const nginx = spawn(binary, ["-c", configuration], { stdio: ["ignore", "inherit", "inherit"] });
process.once("exit", () => nginx.kill("SIGKILL"));
nginx.once("exit", (code) => process.exit(code ?? 1));
while (!(await accepts())) await delay(10);
announceReady(port);

async function accepts(): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // Not yet.
  } finally {
    socket.destroy();
  }
}
