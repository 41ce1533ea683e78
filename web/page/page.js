/** The page: a recital or a live session on the stage, and who is told what of it. */

import { rates, resting } from "../generated/constants.js";
import { SIZE } from "../musician/packing.js";
import { loadFigure } from "../stage/figure.js";
import { Frames } from "../stage/frames.js";
import { PaperPicture } from "../stage/paper_picture.js";
import { Stage, hasWebGL } from "../stage/stage.js";
import { Band } from "./band.js";
import { Clock } from "./clock.js";
import { connectControls } from "./controls.js";
import { clockFace, element, speak } from "./elements.js";
import { connectFigure } from "./figure_choice.js";
import { follow } from "./following.js";
import { LIVE_KEPT, Listening } from "./listening.js";
import { connectPhone } from "./phone.js";
import { Recordings } from "./recordings.js";
import { connectRoom } from "./room.js";
import { strings } from "./strings.js";
import { callOff, connectTakeHome } from "./taking_home.js";

/** @typedef {"violin" | "piano"} Instrument */
/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./recital.js").Recital} Recital */

const query = new URLSearchParams(location.search);

export class Page {
  constructor() {
    speak();
    this.bare = query.has("transparent");
    document.body.classList.toggle("bare", this.bare);
    this.canvas = element("picture", HTMLCanvasElement);
    this.status = element("status", HTMLElement);
    this.underWay = false;
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
    /** @type {Frames | null} of a session of the Python program */
    this.following = null;
    this.recordings = new Recordings(this);
    this.listening = new Listening(this);
    this.room = connectRoom(this);
    this.figure = connectFigure(this);
    this.band = new Band({
      frames: (_, data) => (this.live ? this.liveFrames.push(data) : this.recordings.framesCame(data)),
      progress: (done, total) => this.recordings.progressed(done / total),
      done: (_, notes) => this.recordings.allHeard(notes),
      paper: (points) => (this.paper.points = points),
      ready: (latency) => this.live?.ready(latency),
      computed: (milliseconds) => this.live?.computed(milliseconds),
      failed: (reason) => this.say(strings.failed(reason), true),
    });
    connectTakeHome(this);
    connectControls(this);
    connectPhone();
    if (!this.stage) this.say(strings.noWebGL, true);
    this.drawing = (/** @type {number} */ _, /** @type {XRFrame | undefined} */ frame) => this.draw(frame);
    if (this.stage) this.stage.renderer.setAnimationLoop(this.drawing);
    else this.goOnBlind();
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
    if (server) this.server = follow(this, server);
    else if (query.get("mic") === "1") await this.listening.toggle();
    document.documentElement.dataset.ready = "yes";
  }

  /** @param {Instrument} instrument */
  choose(instrument) {
    const radio = document.querySelector(`input[name="instrument"][value="${instrument}"]`);
    /** @type {HTMLInputElement} */ (radio).checked = true;
  }

  async showInstrument() {
    const { instrument } = this;
    await this.stage?.show(instrument);
    if (instrument !== this.instrument) return; // another was chosen meanwhile
    this.row.set(resting[instrument]);
    await this.figure.changed();
    this.lookAs(
      /** @type {HTMLInputElement} */ (document.querySelector('input[name="camera"]:checked')).value,
    );
  }

  async instrumentChanged() {
    callOff();
    const { instrument } = this;
    await this.showInstrument();
    if (instrument !== this.instrument) return;
    if (this.live) await this.listening.restart();
    else if (this.recital) this.recordings.hear();
    else this.say("");
  }

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  say(text, wrong = false) {
    this.underWay = false;
    this.status.ariaBusy = "false";
    this.status.textContent = text;
    this.status.classList.toggle("wrong", wrong);
  }

  /**
   * Say how far something is: a screen reader says that it began, and then what came of it, not every step.
   * @param {string} text
   */
  sayProgress(text) {
    if (this.underWay) {
      this.status.ariaBusy = "true";
      this.status.textContent = text;
    } else this.say(text);
    this.underWay = true;
  }

  /** @param {string} name */
  lookAs(name) {
    this.stage?.look(name);
  }

  async togglePlay() {
    if (!this.recital || this.live) return;
    callOff();
    if (this.clock.playing) this.clock.pause();
    else await this.clock.play();
    this.showPlaying();
  }

  showPlaying() {
    for (const id of ["play", "room-play"])
      element(id, HTMLButtonElement).textContent = this.clock.playing ? strings.pause : strings.play;
  }

  /** Who is taken home; without WebGL too. */
  async performer() {
    const { Performer } = await import("../take_home/performer.js");
    const figure = this.stage?.figure ?? (await loadFigure(this.instrument));
    return new Performer(this.instrument, figure, await this.figure.copy());
  }

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
    const { frames, seconds } = this.moment();
    frames?.at(seconds, this.row); // where none is there, as before, or as who waits for music
    if (stage?.figure && stage.instrument === this.instrument) {
      const now = this.clock.stepped ?? performance.now() / 1000;
      stage.figure.pose(this.figure.pose(this.row, now));
    }
    this.room.update(frame);
    this.live?.show();
    stage?.draw();
    this.paper.draw(seconds);
    this.showTime(seconds);
  }

  /** Without a stage the time and the paper's net still move. */
  goOnBlind() {
    this.draw();
    requestAnimationFrame(() => this.goOnBlind());
  }

  /** @param {number} seconds */
  showTime(seconds) {
    if (!this.recital || this.live) return;
    const text = `${clockFace(seconds)} / ${clockFace(this.clock.duration)}`;
    const output = element("time", HTMLOutputElement);
    const seek = element("seek", HTMLInputElement);
    const there = Math.abs(seek.valueAsNumber - seconds) < Number(seek.step);
    if (output.textContent === text && there && !this.clock.playing) return;
    if (output.textContent !== text) {
      const [at, whole] = text.split(" / ");
      seek.setAttribute("aria-valuetext", strings.position(at, whole));
    }
    output.textContent = text;
    if (document.activeElement !== seek || this.clock.playing) seek.value = String(seconds);
  }
}
