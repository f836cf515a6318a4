import { STATUS_CODES } from "node:http";

import type { UpstreamResponse } from "./upstream.ts";

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** From a folder that was asked for without its slash; several in front would name another host. */
export function redirectToFolder(response: UpstreamResponse, originalUrl: string): void {
  const [pathname = "", ...query] = originalUrl.split(/(?=\?)/);
  const folder = `${pathname.replace(/^\/{2,}/, "/")}/${query.join("")}`;
  const address = String(response.location(folder).headers["location"]);
  const body =
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Redirecting</title>\n' +
    `</head>\n<body>\n<pre>Redirecting to ${escapeHtml(address)}</pre>\n</body>\n</html>\n`;
  response.status(301).set({
    "Content-Type": "text/html; charset=UTF-8",
    "Content-Length": Buffer.byteLength(body),
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

/** What Express 5 answers. Upstream's has no length, so that sessions and proxies send it in chunks. */
export function redirect(response: UpstreamResponse, status: number, url: string): void {
  const address = String(response.location(url).headers["location"]);
  const message = STATUS_CODES[status];
  let body = "";
  response.format({
    text() {
      body = `${message}. Redirecting to ${address}`;
    },
    html() {
      body =
        `<!DOCTYPE html><head><title>${message}</title></head>` +
        `<body><p>${message}. Redirecting to ${escapeHtml(address)}</p></body>`;
    },
    default() {},
  });
  response.status(status).set("Content-Length", String(Buffer.byteLength(body)));
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPED[character]!);
}
