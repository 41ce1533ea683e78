/** A live session of the Python program on the page: what comes through its WebSocket is shown. */

import { Frames } from "../stage/frames.js";
import { element } from "./elements.js";
import { LIVE_KEPT } from "./listening.js";
import { Server } from "./server.js";
import { strings } from "./strings.js";

/**
 * Show a live session of the Python program.
 * @param {import("./page.js").Page} page
 * @param {string} url
 */
export function follow(page, url) {
  page.say(strings.waitingForServer(url));
  page.following = new Frames(LIVE_KEPT);
  return new Server(url, {
    hello: (instrument) => {
      page.choose(instrument);
      void page.showInstrument();
      element("welcome", HTMLElement).hidden = true;
      page.say(url);
    },
    frame: (row) => page.following?.push(row),
    gone: () => page.say(strings.serverGone(url), true),
  });
}
