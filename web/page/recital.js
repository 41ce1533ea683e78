/** A recording that is played: decoded, heard, posed, sought in, taken home. */

import { contentOf, framesIn, takenFrom } from "../sound/levels.js";
import { decode } from "../sound/decoding.js";
import { Frames } from "../stage/frames.js";

/** @typedef {"violin" | "piano"} Instrument */

export class Recital {
  /**
   * @param {string} name
   * @param {AudioBuffer} buffer
   * @param {Float32Array[]} channels
   */
  constructor(name, buffer, channels) {
    this.name = name;
    this.buffer = buffer;
    this.content = contentOf(channels);
    this.samples = takenFrom(channels, this.content);
    this.frames = new Frames();
    this.total = framesIn(this.samples.length);
  }

  /**
   * @param {ArrayBuffer} data
   * @param {string} name
   */
  static async decoded(data, name) {
    const { buffer, channels } = await decode(data, name);
    return new Recital(name, buffer, channels);
  }

  /** The name without its ending, for what is taken home. */
  get stem() {
    return this.name.replace(/\.[^.]*$/, "");
  }

  /** Whether all frames are there. */
  get complete() {
    return this.frames.end >= this.total;
  }
}
