/** What is pressed, dropped or typed, and who is told. */

import { element } from "./elements.js";
import { strings } from "./strings.js";

const KEY_SECONDS = 2; // that an arrow key goes

/** @param {import("./page.js").Page} page */
export function connectControls(page) {
  const { clock, recordings, listening } = page;
  const on = (
    /** @type {string} */ id,
    /** @type {string} */ event,
    /** @type {(e: any) => void} */ handler,
  ) => element(id, HTMLElement).addEventListener(event, handler);
  on("file", "change", (event) => {
    void recordings.openFile(event.target.files[0]);
    event.target.value = ""; // so that the same file can be chosen again
  });
  on("example", "click", () => void recordings.openExample());
  on("microphone", "click", () => void listening.toggle());
  on("play", "click", () => void page.togglePlay());
  on("seek", "input", (event) => void clock.seek(event.target.valueAsNumber));
  on("loop", "change", (event) => void clock.setLoop(event.target.checked));
  on("speed", "change", (event) => void clock.setRate(Number(event.target.value)));
  const fullScreen = element("full-screen", HTMLButtonElement);
  fullScreen.hidden = !document.fullscreenEnabled;
  fullScreen.addEventListener("click", () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.querySelector("main")?.requestFullscreen();
  });
  document.addEventListener("fullscreenchange", () => {
    fullScreen.textContent = document.fullscreenElement ? strings.leaveFullScreen : strings.fullScreen;
  });
  on("paper", "change", () => recordings.showPaper());
  for (const id of ["amplitude", "smoothness"]) on(id, "change", () => recordings.replay());
  for (const id of ["devices", "latency"]) on(id, "change", () => void listening.restart());
  on("instruments", "change", () => void page.instrumentChanged());
  // a press on the one that is chosen brings the camera back
  on("cameras", "click", (event) => event.target.name === "camera" && page.lookAs(event.target.value));
  connectDropping(page);
  document.addEventListener("keydown", (event) => key(page, event));
  navigator.mediaDevices?.addEventListener("devicechange", () => void page.live?.list());
}

/** @param {import("./page.js").Page} page */
function connectDropping(page) {
  const hint = element("drop-here", HTMLElement);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    hint.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) hint.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    hint.hidden = true;
    for (const file of dropped(event.dataTransfer?.files)) void page.recordings.openFile(file);
  });
}

/**
 * Of several files a figure and a recording: both are opened.
 * @param {FileList | undefined} files
 */
function dropped(files) {
  const all = [...(files ?? [])];
  const isFigure = (/** @type {File} */ file) => /\.(vrm|glb)$/i.test(file.name);
  return [all.find(isFigure), all.find((file) => !isFigure(file))].filter(Boolean);
}

/**
 * @param {import("./page.js").Page} page
 * @param {KeyboardEvent} event
 */
function key(page, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
  if (target.id === "seek") return seekKey(page, event);
  const chosen = target instanceof HTMLInputElement && target.type === "radio" && event.key === " ";
  if (!chosen && /^(INPUT|SELECT|BUTTON|SUMMARY|A)$/.test(target.tagName)) return;
  if (event.key === " ") {
    event.preventDefault();
    void page.togglePlay();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    void page.clock.seek(page.clock.now + (event.key === "ArrowLeft" ? -KEY_SECONDS : KEY_SECONDS));
  }
}

/**
 * On the position the arrows go as far as elsewhere, not by a hundredth of a second; space plays there, too.
 * @param {import("./page.js").Page} page
 * @param {KeyboardEvent} event
 */
function seekKey(page, event) {
  const back = event.key === "ArrowLeft" || event.key === "ArrowDown";
  if (event.key === " ") void page.togglePlay();
  else if (back || event.key === "ArrowRight" || event.key === "ArrowUp") {
    void page.clock.seek(page.clock.now + (back ? -KEY_SECONDS : KEY_SECONDS));
    /** @type {HTMLInputElement} */ (event.target).value = String(page.clock.now);
  } else return;
  event.preventDefault();
}
