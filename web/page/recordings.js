/** Recordings: opened, heard by the nets, played, and played again in another manner. */

import { rates } from "../generated/constants.js";
import { hasSimd } from "../hearing/simd.js";
import { Undecodable, refuseTooLong } from "../sound/decoding.js";
import { Frames } from "../stage/frames.js";
import { element } from "./elements.js";
import { Recital } from "./recital.js";
import { strings } from "./strings.js";
import { drawWaveform } from "./waveform.js";

const STARTS_WITH = 2 * rates.VIDEO_FPS; // frames that are there when playing begins

export class Recordings {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.began = 0; // ms, when the nets began to listen
    this.startWhenReady = false;
  }

  async openExample() {
    const name = `${this.page.instrument}.mp3`;
    const url = new URL(`../sounds/${name}`, import.meta.url);
    await this.open(async () => (await fetch(url)).arrayBuffer(), name);
  }

  /** @param {File | undefined} file */
  async openFile(file) {
    if (!file) return;
    const read = async () => {
      await refuseTooLong(file);
      return file.arrayBuffer().catch(() => {
        throw new Undecodable("unreadable", file.name);
      });
    };
    await this.open(read, file.name);
  }

  /**
   * @param {() => Promise<ArrayBuffer>} read
   * @param {string} name
   */
  async open(read, name) {
    const { page } = this;
    if (!hasSimd()) return page.say(strings.noSimd, true);
    await page.listening.stop();
    page.clock.pause();
    page.showPlaying();
    try {
      page.recital = await Recital.decoded(await read(), name);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      const word = /** @type {any} */ (strings)[error.key];
      page.say(typeof word === "function" ? word(...error.values) : word, true);
      return;
    }
    const { recital } = page;
    page.clock.open(recital.buffer);
    element("welcome", HTMLElement).hidden = true;
    const ink = getComputedStyle(page.status).color;
    drawWaveform(element("waveform", HTMLCanvasElement), recital.samples, ink);
    const seek = element("seek", HTMLInputElement);
    seek.max = String(page.clock.duration);
    seek.disabled = false;
    this.hear();
  }

  /** Let the nets listen to the open recording. */
  hear() {
    const { page } = this;
    const { recital } = page;
    if (!recital) return;
    this.began = performance.now();
    this.startWhenReady = true;
    recital.frames = new Frames();
    page.paper.points = null;
    page.paper.instrument = page.instrument;
    element("play", HTMLButtonElement).disabled = true;
    page.progress.hidden = false;
    page.say(strings.loadingNets);
    page.band.open(page.instrument, recital.samples, recital.content.gain, page.manner);
    if (element("paper", HTMLInputElement).checked) page.band.paper();
  }

  /** Play the same notes in another manner. */
  replay() {
    if (!this.page.recital || this.page.live) return;
    this.startWhenReady = false;
    this.page.recital.frames = new Frames();
    this.page.band.replay(this.page.manner);
  }

  /** @param {Float32Array} data */
  framesCame(data) {
    const { recital } = this.page;
    if (!recital) return;
    recital.frames.push(data);
    if (this.startWhenReady && recital.frames.end >= Math.min(STARTS_WITH, recital.total)) {
      this.startWhenReady = false;
      element("play", HTMLButtonElement).disabled = false;
      void this.page.clock.play().then(() => this.page.showPlaying());
    }
  }

  /** @param {number} share */
  progressed(share) {
    this.page.progress.value = share;
    this.page.say(strings.listening(Math.round(100 * share)));
  }

  /** @param {number} notes */
  allHeard(notes) {
    const { recital } = this.page;
    if (!recital) return;
    this.page.progress.hidden = true;
    const seconds = `${((performance.now() - this.began) / 1000).toFixed(1)} s`;
    const said = [strings.played(notes, seconds)];
    if (!recital.content.heard) said.unshift(strings.nothingHeard);
    else if (!notes) said.unshift(strings.noNotes);
    if (recital.content.channel !== null) said.push(strings.channelsCancel);
    this.page.say(said.join(" "));
    for (const button of document.querySelectorAll(".take"))
      /** @type {HTMLButtonElement} */ (button).disabled = false;
    document.documentElement.dataset.heard = String(recital.frames.count);
  }

  showPaper() {
    const { checked } = element("paper", HTMLInputElement);
    element("paper-picture", HTMLCanvasElement).hidden = !checked;
    if (checked && this.page.recital && !this.page.paper.points) this.page.band.paper();
  }
}
