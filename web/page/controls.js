/** What is pressed, dropped or typed, and who is told. */

import { element } from "./elements.js";

/** @param {import("./page.js").Page} page */
export function connectControls(page) {
  const { clock, recordings, listening } = page;
  const on = (
    /** @type {string} */ id,
    /** @type {string} */ event,
    /** @type {(e: any) => void} */ handler,
  ) => element(id, HTMLElement).addEventListener(event, handler);
  on("file", "change", (event) => void recordings.openFile(event.target.files[0]));
  on("example", "click", () => void recordings.openExample());
  on("microphone", "click", () => void listening.toggle());
  on("play", "click", () => void page.togglePlay());
  on("seek", "input", (event) => void clock.seek(event.target.valueAsNumber));
  on("loop", "change", (event) => void clock.setLoop(event.target.checked));
  on("speed", "change", (event) => void clock.setRate(Number(event.target.value)));
  on("full-screen", "click", () => void element("stage", HTMLElement).requestFullscreen?.());
  on("paper", "change", () => recordings.showPaper());
  for (const id of ["amplitude", "smoothness"]) on(id, "change", () => recordings.replay());
  for (const id of ["devices", "latency"]) on(id, "change", () => void listening.restart());
  on("instruments", "change", () => void page.instrumentChanged());
  on("cameras", "change", (event) => page.lookAs(event.target.value));
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
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    if (/\.(vrm|glb)$/i.test(file.name)) void page.figure.open(file);
    else void page.recordings.openFile(file);
  });
}

/**
 * @param {import("./page.js").Page} page
 * @param {KeyboardEvent} event
 */
function key(page, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (/^(INPUT|SELECT|BUTTON|SUMMARY|A)$/.test(target.tagName)) return;
  if (event.key === " ") {
    event.preventDefault();
    void page.togglePlay();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    void page.clock.seek(page.clock.now + (event.key === "ArrowLeft" ? -2 : 2));
  }
}
