/** Recordings: opened, heard by the nets, played, and played again in another manner. */

import { rates } from "../generated/constants.js";
import { hasSimd } from "../hearing/simd.js";
import { Undecodable, refuseTooLong } from "../sound/decoding.js";
import { Frames } from "../stage/frames.js";
import { element } from "./elements.js";
import { Recital } from "./recital.js";
import { strings } from "./strings.js";
import { callOff } from "./taking_home.js";
import { drawWaveform } from "./waveform.js";

const STARTS_WITH = 2 * rates.VIDEO_FPS; // frames that are there when playing begins

export class Recordings {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.began = 0; // ms, when the nets began to listen
    this.startWhenReady = false;
    /** @type {Set<string>} whose nets are here */
    this.fetched = new Set();
    this.opened = 0; // counts what was opened: the last one is played, however long others take
  }

  async openExample() {
    const name = `${this.page.instrument}.mp3`;
    const url = new URL(`../sounds/${name}`, import.meta.url);
    const read = async () => {
      const answer = await fetch(url).catch(() => null);
      if (!answer?.ok) throw new Undecodable("notReached", name);
      return answer.arrayBuffer();
    };
    await this.open(read, name);
  }

  /** @param {File | undefined} file */
  async openFile(file) {
    if (!file) return;
    if (/\.(vrm|glb)$/i.test(file.name)) return this.page.figure.open(file);
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
    const number = ++this.opened;
    callOff();
    await page.listening.stop(false);
    page.clock.pause();
    page.showPlaying();
    page.say(strings.opening(name));
    try {
      const recital = await Recital.decoded(await read(), name);
      if (number !== this.opened) return;
      page.recital = recital;
    } catch (error) {
      if (number !== this.opened) return;
      if (!(error instanceof Undecodable)) {
        page.say(strings.failed(error instanceof Error ? error.message : String(error)), true);
        return;
      }
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

  /**
   * Let the nets listen to the open recording.
   * @param {boolean} [start]  playing, as soon as enough was heard
   */
  hear(start = true) {
    const { page } = this;
    const { recital } = page;
    if (!recital) return;
    this.began = performance.now();
    this.startWhenReady = start;
    takeable(false);
    recital.frames = new Frames();
    page.paper.points = null;
    page.paper.instrument = page.instrument;
    element("play", HTMLButtonElement).disabled = true;
    page.progress.hidden = false;
    page.say(this.fetched.has(page.instrument) ? strings.openedBefore : strings.loadingNets);
    page.band.open(page.instrument, recital.samples, recital.content.gain, page.manner);
    if (element("paper", HTMLInputElement).checked) page.band.paper();
  }

  /** Play the same notes in another manner. */
  replay() {
    if (this.page.live) return void this.page.listening.restart();
    if (!this.page.recital) return;
    callOff();
    this.began = performance.now();
    takeable(false);
    this.page.recital.frames = new Frames();
    this.page.band.replay(this.page.manner);
  }

  /** @param {Float32Array} data */
  framesCame(data) {
    const { recital } = this.page;
    if (!recital) return;
    recital.frames.push(data);
    if (recital.frames.end < Math.min(STARTS_WITH, recital.total)) return;
    element("play", HTMLButtonElement).disabled = false;
    if (this.startWhenReady) {
      this.startWhenReady = false;
      void this.page.clock.play().then(() => this.page.showPlaying());
    }
  }

  /** @param {number} share */
  progressed(share) {
    const { page } = this;
    page.progress.value = share;
    this.fetched.add(page.instrument);
    const { recital, clock } = page;
    const ahead = recital && clock.now * rates.VIDEO_FPS > recital.frames.end;
    const told = ahead ? strings.listeningBehind : strings.listening;
    page.sayProgress(told(Math.round(100 * share)));
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
    takeable(true);
    document.documentElement.dataset.heard = String(recital.frames.count);
  }

  /** A live session begins: the recording waits. */
  wait() {
    this.page.progress.hidden = true;
    element("play", HTMLButtonElement).disabled = true;
    takeable(false);
  }

  /** A live session ended: the recording can be played again, and is heard to its end if it was not. */
  goOn() {
    const { recital } = this.page;
    if (!recital) return;
    if (!recital.complete) return this.hear(false);
    element("play", HTMLButtonElement).disabled = false;
    takeable(true);
  }

  showPaper() {
    const { checked } = element("paper", HTMLInputElement);
    element("paper-picture", HTMLCanvasElement).hidden = !checked;
    if (checked && this.page.recital && !this.page.paper.points) this.page.band.paper();
  }
}

/** @param {boolean} can  be taken home */
function takeable(can) {
  for (const button of document.querySelectorAll(".take"))
    /** @type {HTMLButtonElement} */ (button).disabled = !can;
}
