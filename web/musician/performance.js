/** Sound in, a musician who plays it out: listener, levels and player of one sound (`inference/note_stream.py`). */

import { rates } from "../generated/constants.js";
import { FrameLevels, framesIn } from "../sound/levels.js";

/**
 * @typedef {import("./frame.js").Frame} Frame
 * @typedef {import("../hearing/picking.js").Heard} Heard
 * @typedef {object} Player
 * @property {number} frame  the next
 * @property {number} aheadSeconds  how far beyond a frame's moment notes must be known
 * @property {(heard: Heard) => void} tell
 * @property {(decibels: number[]) => void} tellLevels
 * @property {(seconds: number) => Frame[] | Promise<Frame[]>} playUntil
 * @property {(frame: number) => Frame[] | Promise<Frame[]>} playTo
 */

export class Performance {
  /**
   * @param {import("../hearing/listener.js").Listener | null} listener  nobody where notes are known already
   * @param {Player} player
   * @param {number | null} gain  of the whole sound, where it is known
   */
  constructor(listener, player, gain) {
    this.listener = listener;
    this.player = player;
    this.levels = new FrameLevels(gain);
    /** @type {{heard: Heard, samples: number}[] | null} what was heard is written down here */
    this.remember = null;
  }

  /** Seconds from a moment of the sound to the frame that shows it, at most; computing not counted. */
  get latency() {
    return (this.listener?.latency ?? 0) + this.player.aheadSeconds + 1 / rates.VIDEO_FPS;
  }

  /**
   * Take sound in and give the frames that became due.
   * @param {Float32Array} samples  mono, 44.1 kHz
   */
  async push(samples) {
    if (!this.listener) throw new Error("nobody listens: give what was heard to play()");
    const heard = await this.listener.push(samples);
    this.remember?.push({ heard, samples: samples.length });
    return this.play(heard, samples, 0);
  }

  /** Let silence follow and give the frames up to the sound's end. */
  async finish() {
    if (!this.listener) throw new Error("nobody listens: give what was heard to play()");
    const heard = { ...(await this.listener.finish()), last: true };
    this.remember?.push({ heard, samples: 0 });
    return this.play(heard, new Float32Array(0), framesIn(this.listener.received));
  }

  /**
   * The frames that become due with what was heard.
   * @param {Heard} heard
   * @param {Float32Array} samples  that came with it
   * @param {number} frames  of the whole sound, for the last piece
   */
  async play(heard, samples, frames) {
    this.player.tell(heard);
    this.player.tellLevels(this.levels.push(samples));
    if (!heard.last) return this.player.playUntil(heard.until);
    this.player.tellLevels(this.levels.finish(frames));
    return this.player.playTo(frames);
  }
}
