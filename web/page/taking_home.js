/** What one takes home: made on the device, offered as a download. */

import { motionBvh } from "../take_home/bvh.js";
import { motionNpz } from "../take_home/npz.js";
import { recorded, videoKind } from "../take_home/video.js";
import { strings } from "./strings.js";

/** @param {import("./page.js").Page} page */
export function connectTakeHome(page) {
  for (const button of document.querySelectorAll(".take")) {
    const { format } = /** @type {HTMLElement} */ (button).dataset;
    button.addEventListener("click", () => void take(page, /** @type {string} */ (format)));
  }
}

/**
 * @param {import("./page.js").Page} page
 * @param {string} format
 */
async function take(page, format) {
  const { recital, instrument, stage } = page;
  if (!recital?.complete) return;
  if (format === "npz") save(page, motionNpz(recital.frames, instrument), `${recital.stem}.npz`);
  else if (format === "bvh") save(page, motionBvh(recital.frames, instrument), `${recital.stem}.bvh`);
  else if (format === "glb" && stage?.figure) {
    const { motionGlb } = await import("../take_home/glb.js");
    save(page, await motionGlb(recital.frames, instrument, stage.figure.object), `${recital.stem}.glb`);
  } else if (format === "video") await takeVideo(page);
}

/** @param {import("./page.js").Page} page */
async function takeVideo(page) {
  const { recital, clock } = page;
  if (!recital || !videoKind()) return page.say(strings.noVideo, true);
  page.say(strings.recordingVideo);
  const { blob, ending } = await recorded(page.canvas, clock.track(), async () => {
    clock.pause();
    clock.place = 0;
    await clock.setLoop(false);
    await clock.play();
    page.showPlaying();
    await new Promise((resolve) => {
      clock.onended = () => {
        page.showPlaying();
        resolve(undefined);
      };
    });
    clock.onended = () => page.showPlaying();
  });
  save(page, blob, `${recital.stem}.${ending}`);
}

/**
 * @param {import("./page.js").Page} page
 * @param {Blob} blob
 * @param {string} name
 */
function save(page, blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  page.say(strings.saved(name));
}
