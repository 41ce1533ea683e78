/** The page: what is pressed, dropped or asked for becomes a recital or a live session on the stage. */

import { rates } from "../generated/constants.js";
import { SIZE } from "../musician/packing.js";
import { Undecodable } from "../sound/decoding.js";
import { Frames } from "../stage/frames.js";
import { Stage, hasWebGL } from "../stage/stage.js";
import { PaperPicture } from "../stage/paper_picture.js";
import { Band } from "./band.js";
import { Clock } from "./clock.js";
import { clockFace, element, speak } from "./elements.js";
import { Live } from "./live.js";
import { Recital } from "./recital.js";
import { Server } from "./server.js";
import { strings } from "./strings.js";
import { connectFigure } from "./figure_choice.js";
import { connectRoom } from "./room.js";
import { connectTakeHome } from "./taking_home.js";
import { drawWaveform } from "./waveform.js";

/** @typedef {"violin" | "piano"} Instrument */

const LIVE_KEPT = 240; // frames
const STARTS_WITH = 2 * rates.VIDEO_FPS; // frames that are there when playing begins
const query = new URLSearchParams(location.search);

export class Page {
  constructor() {
    speak();
    this.bare = query.has("transparent");
    document.body.classList.toggle("bare", this.bare);
    this.canvas = element("picture", HTMLCanvasElement);
    this.status = element("status", HTMLElement);
    this.progress = element("progress", HTMLProgressElement);
    this.clock = new Clock();
    this.clock.onended = () => this.showPlaying();
    this.stage = hasWebGL() ? new Stage(this.canvas, this.bare) : null;
    this.paper = new PaperPicture(element("paper-picture", HTMLCanvasElement));
    this.row = new Float32Array(SIZE);
    /** @type {Recital | null} */
    this.recital = null;
    /** @type {Live | null} */
    this.live = null;
    this.liveFrames = new Frames(LIVE_KEPT);
    this.room = connectRoom(this);
    this.figure = connectFigure(this);
    this.band = new Band({
      frames: (_, data) => this.framesCame(data),
      progress: (done, total) => this.progressed(done / total),
      done: (_, notes) => this.allHeard(notes),
      paper: (points) => (this.paper.points = points),
      ready: (latency) => this.live?.ready(latency),
      computed: (milliseconds) => this.live?.computed(milliseconds),
      failed: (reason) => this.say(strings.failed(reason), true),
    });
    connectTakeHome(this);
    this.connect();
    if (!this.stage) this.say(strings.noWebGL, true);
    this.drawing = (/** @type {number} */ _, /** @type {XRFrame | undefined} */ frame) => this.draw(frame);
    this.stage?.renderer.setAnimationLoop(this.drawing);
    void this.begin();
  }

  /** @returns {Instrument} */
  get instrument() {
    const chosen = document.querySelector('input[name="instrument"]:checked');
    return /** @type {HTMLInputElement} */ (chosen).value === "piano" ? "piano" : "violin";
  }

  get manner() {
    return {
      amplitude: element("amplitude", HTMLInputElement).valueAsNumber,
      smoothness: element("smoothness", HTMLInputElement).valueAsNumber,
    };
  }

  async begin() {
    const wanted = query.get("instrument");
    if (wanted === "piano" || wanted === "violin") this.choose(wanted);
    await this.showInstrument();
    const server = query.get("ws");
    if (server) this.follow(server);
    else if (query.get("mic") === "1") await this.toggleLive();
    document.documentElement.dataset.ready = "yes";
  }

  /** @param {Instrument} instrument */
  choose(instrument) {
    const radio = document.querySelector(`input[name="instrument"][value="${instrument}"]`);
    /** @type {HTMLInputElement} */ (radio).checked = true;
  }

  async showInstrument() {
    await this.stage?.show(this.instrument);
    await this.figure.changed();
    this.lookAs(
      /** @type {HTMLInputElement} */ (document.querySelector('input[name="camera"]:checked')).value,
    );
  }

  connect() {
    const { clock } = this;
    const on = (
      /** @type {string} */ id,
      /** @type {string} */ event,
      /** @type {(e: any) => void} */ handler,
    ) => element(id, HTMLElement).addEventListener(event, handler);
    on("file", "change", (event) => void this.openFile(event.target.files[0]));
    on("example", "click", () => void this.openExample());
    on("microphone", "click", () => void this.toggleLive());
    on("play", "click", () => void this.togglePlay());
    on("seek", "input", (event) => void clock.seek(event.target.valueAsNumber));
    on("loop", "change", (event) => void clock.setLoop(event.target.checked));
    on("speed", "change", (event) => void clock.setRate(Number(event.target.value)));
    on("full-screen", "click", () => void element("stage", HTMLElement).requestFullscreen?.());
    on("paper", "change", () => this.showPaper());
    for (const id of ["amplitude", "smoothness"]) on(id, "change", () => this.replay());
    for (const id of ["devices", "latency"]) on(id, "change", () => void this.restartLive());
    on("instruments", "change", () => void this.instrumentChanged());
    on("cameras", "change", (event) => this.lookAs(event.target.value));
    this.connectDropping();
    document.addEventListener("keydown", (event) => this.key(event));
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.live?.list());
  }

  connectDropping() {
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
      if (/\.(vrm|glb)$/i.test(file.name)) void this.figure.open(file);
      else void this.openFile(file);
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (/^(INPUT|SELECT|BUTTON|SUMMARY|A)$/.test(target.tagName)) return;
    if (event.key === " ") {
      event.preventDefault();
      void this.togglePlay();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      void this.clock.seek(this.clock.now + (event.key === "ArrowLeft" ? -2 : 2));
    }
  }

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  say(text, wrong = false) {
    this.status.textContent = text;
    this.status.classList.toggle("wrong", wrong);
  }

  /** @param {string} name */
  lookAs(name) {
    this.stage?.look(name);
  }

  // ---- recordings ----

  async openExample() {
    const name = `${this.instrument}.mp3`;
    const answer = await fetch(new URL(`../sounds/${name}`, import.meta.url));
    await this.openData(await answer.arrayBuffer(), name);
  }

  /** @param {File | undefined} file */
  async openFile(file) {
    if (file) await this.openData(await file.arrayBuffer(), file.name);
  }

  /**
   * @param {ArrayBuffer} data
   * @param {string} name
   */
  async openData(data, name) {
    await this.stopLive();
    this.clock.pause();
    try {
      this.recital = await Recital.decoded(data, name);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      const word = /** @type {any} */ (strings)[error.key];
      this.say(typeof word === "function" ? word(...error.values) : word, true);
      return;
    }
    const { recital } = this;
    this.clock.open(recital.buffer);
    element("welcome", HTMLElement).hidden = true;
    const ink = getComputedStyle(this.status).color;
    drawWaveform(element("waveform", HTMLCanvasElement), recital.samples, ink);
    const seek = element("seek", HTMLInputElement);
    seek.max = String(this.clock.duration);
    seek.disabled = false;
    this.hear();
  }

  /** Let the nets listen to the open recording. */
  hear() {
    const { recital } = this;
    if (!recital) return;
    this.began = performance.now();
    this.startWhenReady = true;
    recital.frames = new Frames();
    this.paper.points = null;
    this.paper.instrument = this.instrument;
    element("play", HTMLButtonElement).disabled = true;
    this.progress.hidden = false;
    this.say(strings.loadingNets);
    this.band.open(this.instrument, recital.samples, recital.content.gain, this.manner);
    if (element("paper", HTMLInputElement).checked) this.band.paper();
  }

  /** Play the same notes in another manner. */
  replay() {
    if (!this.recital || this.live) return;
    this.startWhenReady = false;
    this.recital.frames = new Frames();
    this.band.replay(this.manner);
  }

  /** @param {Float32Array} data */
  framesCame(data) {
    if (this.live) {
      this.liveFrames.push(data);
      return;
    }
    const { recital } = this;
    if (!recital) return;
    recital.frames.push(data);
    if (this.startWhenReady && recital.frames.end >= Math.min(STARTS_WITH, recital.total)) {
      this.startWhenReady = false;
      element("play", HTMLButtonElement).disabled = false;
      void this.clock.play().then(() => this.showPlaying());
    }
  }

  /** @param {number} share */
  progressed(share) {
    this.progress.value = share;
    this.say(strings.listening(Math.round(100 * share)));
  }

  /** @param {number} notes */
  allHeard(notes) {
    const { recital } = this;
    if (!recital) return;
    this.progress.hidden = true;
    const seconds = `${((performance.now() - (this.began ?? 0)) / 1000).toFixed(1)} s`;
    const said = [strings.played(notes, seconds)];
    if (!recital.content.heard) said.unshift(strings.nothingHeard);
    else if (!notes) said.unshift(strings.noNotes);
    if (recital.content.channel !== null) said.push(strings.channelsCancel);
    this.say(said.join(" "));
    for (const button of document.querySelectorAll(".take"))
      /** @type {HTMLButtonElement} */ (button).disabled = false;
    document.documentElement.dataset.heard = String(recital.frames.count);
  }

  async instrumentChanged() {
    await this.showInstrument();
    if (this.live) await this.restartLive();
    else this.hear();
  }

  async togglePlay() {
    if (!this.recital) return;
    if (this.clock.playing) this.clock.pause();
    else await this.clock.play();
    this.showPlaying();
  }

  showPlaying() {
    element("play", HTMLButtonElement).textContent = this.clock.playing ? strings.pause : strings.play;
  }

  showPaper() {
    const { checked } = element("paper", HTMLInputElement);
    element("paper-picture", HTMLCanvasElement).hidden = !checked;
    if (checked && this.recital && !this.paper.points) this.band.paper();
  }

  // ---- live ----

  async toggleLive() {
    if (this.live) await this.stopLive();
    else await this.startLive();
  }

  async startLive() {
    this.clock.pause();
    this.showPlaying();
    const live = new Live(this);
    if (!(await live.open())) return;
    this.live = live;
    this.liveFrames = new Frames(LIVE_KEPT);
    element("welcome", HTMLElement).hidden = true;
    const button = element("microphone", HTMLButtonElement);
    button.textContent = strings.stopMicrophone;
    button.setAttribute("aria-pressed", "true");
  }

  async stopLive() {
    const { live } = this;
    if (!live) return;
    this.live = null;
    this.band.stop();
    await live.close();
    const button = element("microphone", HTMLButtonElement);
    button.textContent = strings.microphone;
    button.setAttribute("aria-pressed", "false");
  }

  async restartLive() {
    if (!this.live) return;
    await this.stopLive();
    await this.startLive();
  }

  /**
   * Show a live session of the Python program.
   * @param {string} url
   */
  follow(url) {
    this.say(strings.waitingForServer(url));
    this.following = new Frames(LIVE_KEPT);
    this.server = new Server(url, {
      hello: (instrument) => {
        this.choose(instrument);
        void this.showInstrument();
        element("welcome", HTMLElement).hidden = true;
        this.say(url);
      },
      frame: (row) => this.following?.push(row),
      gone: () => this.say(strings.serverGone(url), true),
    });
  }

  // ---- the picture ----

  /** The frames that are shown, and the moment of them. */
  moment() {
    if (this.following)
      return { frames: this.following, seconds: (this.following.end - 1) / rates.VIDEO_FPS };
    if (this.live) return { frames: this.liveFrames, seconds: this.live.moment(this.liveFrames.end) };
    return { frames: this.recital?.frames ?? null, seconds: this.clock.now };
  }

  /** @param {XRFrame} [frame] */
  draw(frame) {
    const { stage } = this;
    if (!stage) return;
    const { frames, seconds } = this.moment();
    if (frames?.at(seconds, this.row)) {
      stage.figure?.pose(this.row);
      this.figure.pose(this.row, performance.now() / 1000);
    }
    this.room.update(frame);
    this.live?.show();
    stage.draw();
    this.paper.draw(seconds);
    this.showTime(seconds);
  }

  /** @param {number} seconds */
  showTime(seconds) {
    if (!this.recital || this.live) return;
    const text = `${clockFace(seconds)} / ${clockFace(this.clock.duration)}`;
    const output = element("time", HTMLOutputElement);
    if (output.textContent === text && !this.clock.playing) return;
    output.textContent = text;
    const seek = element("seek", HTMLInputElement);
    if (document.activeElement !== seek || this.clock.playing) seek.value = String(seconds);
  }
}

if ("serviceWorker" in navigator && location.protocol.startsWith("http"))
  navigator.serviceWorker
    .register(new URL("../service_worker.js", import.meta.url), { scope: "./" })
    .catch(() => {});

/** @type {any} */ (globalThis).page = new Page();
