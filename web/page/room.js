/** The button that puts the musician into one's own room. */

import { RealRoom, hasRealRoom } from "../stage/real_room.js";
import { element } from "./elements.js";
import { strings } from "./strings.js";

/** @param {import("./page.js").Page} page */
export function connectRoom(page) {
  const button = element("in-the-room", HTMLButtonElement);
  /** @type {RealRoom | null} */
  let room = null;
  void hasRealRoom().then((has) => (button.hidden = !(has && page.stage)));
  button.addEventListener("click", async () => {
    if (!page.stage) return;
    if (room?.session) return room.leave();
    room ??= new RealRoom(page.stage);
    try {
      await room.enter(document.body);
    } catch (error) {
      return page.say(strings.failed(error instanceof Error ? error.message : String(error)), true);
    }
    button.textContent = strings.leaveRoom;
    page.say(strings.roomHint);
    room.session?.addEventListener("end", () => (button.textContent = strings.inTheRoom));
  });
  return { update: (/** @type {XRFrame | undefined} */ frame) => room?.update(frame) };
}
