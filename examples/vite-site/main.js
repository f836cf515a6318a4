// Served and replaced in the page by Vite, while the API next to it is a raw route.
const status = await fetch("/api/status").then((response) => response.json());

document.querySelector("#status").textContent = `The API runs in process ${status.pid}`;

import.meta.hot?.accept();
