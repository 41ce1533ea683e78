/** Where the page begins. */

import { Page } from "./page.js";

if ("serviceWorker" in navigator && location.protocol.startsWith("http"))
  navigator.serviceWorker
    .register(new URL("../service_worker.js", import.meta.url), { scope: "./" })
    .catch(() => {});

/** @type {any} */ (globalThis).page = new Page();
