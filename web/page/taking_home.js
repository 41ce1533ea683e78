/** What one takes home: made on the device, offered as a download. */

import { motionBvh } from "../take_home/bvh.js";
import { motionNpz } from "../take_home/npz.js";
import { recorded, videoKind } from "../take_home/recorded_video.js";
import { madeClip } from "./clip.js";
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
  const { recital, instrument, clock } = page;
  if (!recital?.complete) return;
  if (format === "npz") save(page, motionNpz(recital.frames, instrument), `${recital.stem}.npz`);
  else if (format === "bvh") {
    const performer = await page.performer();
    save(page, motionBvh(await performer.played(recital.frames), performer.rig), `${recital.stem}.bvh`);
  } else if (format === "glb") {
    const { motionGlb } = await import("../take_home/glb.js");
    const told = (/** @type {number} */ share) => page.sayProgress(strings.posing(Math.round(100 * share)));
    save(page, await motionGlb(recital.frames, await page.performer(), told), `${recital.stem}.glb`);
  } else if (format === "usdz") {
    const { blob, clip, name } = await madeClip(page, recital);
    save(page, blob, name);
    page.say(strings.savedClip(name, strings.clipHolds(clip.start, clip.end, clock.duration)));
  } else if (format === "video") await takeVideo(page);
}

/** Pixels of a video: its longer and its shorter side. */
export const videoSize = { long: 1280, short: 720 };

/** @type {AbortController | null} of the video that is being made */
let making = null;

/** Call off the video that is being made: what it shows has been left. */
export function callOff() {
  making?.abort();
}

/**
 * A video, frame by frame where the browser encodes, else recorded while it plays; asked for again, it is called off.
 * @param {import("./page.js").Page} page
 */
async function takeVideo(page) {
  if (!page.stage) return page.say(strings.noWebGL, true);
  if (making) return making.abort();
  const own = (making = new AbortController());
  const { recital } = page;
  try {
    const made = globalThis.VideoEncoder ? await filmVideo(page, own.signal) : null;
    if (made) save(page, made.blob, `${recital?.stem}.${made.ending}`);
    else if (!own.signal.aborted) await recordVideo(page);
    else if (recital === page.recital && recital?.complete) page.say(strings.videoCalledOff);
  } finally {
    if (making === own) making = null;
  }
}

/**
 * @param {import("./page.js").Page} page
 * @param {AbortSignal} signal
 */
async function filmVideo(page, signal) {
  const { clock, canvas, stage } = page;
  const { buffer } = clock;
  if (!stage || !buffer) return null;
  const { filmed } = await import("../take_home/video.js");
  const there = clock.now;
  clock.pause();
  page.showPlaying();
  stage.renderer.setAnimationLoop(null); // nobody else draws meanwhile
  const tall = canvas.clientHeight > canvas.clientWidth;
  const { long, short } = videoSize;
  const unframed = tall ? stage.framed(short, long) : stage.framed(long, short);
  try {
    return await filmed({
      canvas,
      ground: groundOf(canvas),
      sound: buffer,
      draw: (seconds) => {
        clock.stepped = seconds;
        page.draw();
      },
      told: (share) => page.sayProgress(strings.filming(Math.round(100 * share))),
      signal,
    });
  } finally {
    unframed();
    clock.stepped = null;
    if (clock.buffer === buffer) clock.place = there;
    stage.renderer.setAnimationLoop(page.drawing);
  }
}

/**
 * The colour that is seen behind a canvas.
 * @param {Element} canvas
 */
function groundOf(canvas) {
  for (let at = /** @type {Element | null} */ (canvas); at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (backgroundColor && !/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return "white";
}

/** @param {import("./page.js").Page} page */
async function recordVideo(page) {
  const { recital, clock } = page;
  if (!recital || !videoKind()) return page.say(strings.noVideo, true);
  page.say(strings.recordingVideo);
  const { loop, rate } = clock;
  const { blob, ending } = await recorded(page.canvas, clock.track(), async () => {
    clock.pause();
    clock.place = 0;
    await clock.setLoop(false);
    await clock.setRate(1); // as it sounds; a slower one goes past the recorder, too
    await clock.play();
    page.showPlaying();
    await new Promise((resolve) => {
      clock.onended = () => {
        page.showPlaying();
        resolve(undefined);
      };
    });
    clock.onended = () => page.showPlaying();
    Object.assign(clock, { loop, rate });
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
