/** The page's side of the worker: one sound or one microphone at a time, frames as they come. */

/**
 * @typedef {import("../worker.js").Manner} Manner
 * @typedef {object} Told  what the page wants to know
 * @property {(first: number, data: Float32Array) => void} frames
 * @property {(done: number, total: number) => void} progress
 * @property {(frames: number, notes: number) => void} done
 * @property {(points: Float32Array) => void} paper
 * @property {(latency: number) => void} ready
 * @property {(milliseconds: number) => void} computed  of a live frame
 * @property {(reason: string) => void} failed
 */

export class Band {
  /** @param {Told} told */
  constructor(told) {
    this.told = told;
    this.id = 0;
    this.worker = new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => told.failed(event.message || "the worker did not start");
  }

  /** @param {import("../worker.js").Answer} answer */
  answered(answer) {
    if (answer.id !== this.id) return; // of a sound that was left
    const { told } = this;
    if (answer.type === "frames") told.frames(answer.first, answer.data);
    else if (answer.type === "progress") told.progress(answer.done, answer.total);
    else if (answer.type === "done") told.done(answer.frames, answer.notes);
    else if (answer.type === "paper") told.paper(answer.points);
    else if (answer.type === "ready") told.ready(answer.latency);
    else if (answer.type === "computed") told.computed(answer.milliseconds);
    else told.failed(answer.reason);
  }

  /**
   * @param {"violin" | "piano"} instrument
   * @param {Float32Array} samples  mono, 44.1 kHz; copied
   * @param {number} gain
   * @param {Manner} manner
   */
  open(instrument, samples, gain, manner) {
    this.worker.postMessage({ type: "open", id: ++this.id, instrument, samples, gain, manner });
  }

  /** The same notes in another manner. */
  replay(/** @type {Manner} */ manner) {
    this.worker.postMessage({ type: "replay", id: ++this.id, manner });
  }

  /** What the paper's net makes of the open sound. */
  paper() {
    this.worker.postMessage({ type: "paper", id: this.id });
  }

  /**
   * @param {"violin" | "piano"} instrument
   * @param {"usual" | "low"} latency
   * @param {MessagePort} port  through which the sound comes
   * @param {Manner} manner
   */
  live(instrument, latency, port, manner) {
    this.worker.postMessage({ type: "live", id: ++this.id, instrument, latency, port, manner }, [port]);
  }

  stop() {
    this.id += 1;
    this.worker.postMessage({ type: "stop" });
  }
}
