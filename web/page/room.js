/** The button that puts the musician into one's own room: live where the browser can, else as a clip. */

import { RealRoom, hasRealRoom } from "../stage/real_room.js";
import { madeClip } from "./clip.js";
import { element } from "./elements.js";
import { strings } from "./strings.js";

/** Whether a link opens AR Quick Look: iPhones and iPads. */
const hasQuickLook = () => Boolean(document.createElement("a").relList.supports?.("ar"));

/** @param {import("./page.js").Page} page */
export function connectRoom(page) {
  const button = element("in-the-room", HTMLButtonElement);
  /** @type {RealRoom | null} */
  let room = null;
  element("quick-look-link", HTMLAnchorElement).append(strings.openQuickLook); // behind its picture, as it must be
  void hasRealRoom().then((live) => {
    const has = live ? page.stage : hasQuickLook();
    button.hidden = !has;
    button.addEventListener("click", () => void (live ? enter() : offerClip(page)));
  });
  const overlay = element("room", HTMLElement);
  element("room-hint", HTMLElement).textContent = strings.roomHint;
  const enter = async () => {
    if (!page.stage) return;
    if (room?.session) return room.leave();
    room ??= new RealRoom(page.stage, overlay);
    overlay.hidden = false;
    element("room-play", HTMLButtonElement).hidden = !page.recital || Boolean(page.live);
    try {
      await room.enter();
    } catch (error) {
      overlay.hidden = true;
      return page.say(strings.failed(error instanceof Error ? error.message : String(error)), true);
    }
    button.textContent = strings.leaveRoom;
    page.say(strings.roomHint);
    room.session?.addEventListener("end", () => {
      button.textContent = strings.inTheRoom;
      overlay.hidden = true;
    });
  };
  element("room-play", HTMLButtonElement).addEventListener("click", () => void page.togglePlay());
  element("life-size", HTMLButtonElement).addEventListener("click", () => room?.size(1));
  element("leave-room", HTMLButtonElement).addEventListener("click", () => void room?.leave());
  for (const one of overlay.querySelectorAll("button"))
    one.addEventListener("beforexrselect", (event) => event.preventDefault()); // a button is no place on the floor
  return { update: (/** @type {XRFrame | undefined} */ frame) => room?.update(frame) };
}

/**
 * A link to a clip of what is open: a tap on it opens AR Quick Look.
 * @param {import("./page.js").Page} page
 */
async function offerClip(page) {
  const { recital } = page;
  const link = element("quick-look-link", HTMLAnchorElement);
  const note = element("quick-look-note", HTMLElement);
  link.hidden = !recital?.complete;
  note.textContent = strings.quickLookWaits;
  if (recital?.complete) {
    const { blob, clip, name } = await madeClip(page, recital);
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(blob);
    link.download = name;
    note.textContent = strings.clipHolds(clip.start, clip.end, page.clock.duration);
  }
  element("quick-look", HTMLDialogElement).showModal();
}
