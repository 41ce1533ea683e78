/** Sound in pieces of any size, notes as they become known (`inference/notes/listener.py`). */

import { noteFeatures as f, noteResampling as r, rates } from "../generated/constants.js";
import { Picker } from "./picking.js";

/** @typedef {import("./picking.js").Heard} Heard */

export class Listener {
  /**
   * @param {import("./samples_net.js").SamplesNet} net
   * @param {import("./picking.js").NoteCard} card
   * @param {"normal" | "low"} head
   */
  constructor(net, card, head) {
    this.net = net;
    this.card = card;
    this.picker = new Picker(card, head);
    this.received = 0; // samples
  }

  /** Seconds from a note's beginning to the moment it is known, at most; computing not counted. */
  get latency() {
    const steps = this.picker.delay + this.picker.reach + this.card.halves - 1;
    return (
      (steps + 0.5) / f.STEP_RATE + f.LOOK_AHEAD / r.NOTE_RATE + (r.BLOCK_IN + r.REACH) / rates.AUDIO_RATE
    );
  }

  /**
   * @param {Float32Array} samples  mono, 44.1 kHz
   * @returns {Promise<Heard>}
   */
  async push(samples) {
    this.received += samples.length;
    const answers = await this.net.run(samples);
    return this.picker.push(answers, this.net.levels);
  }

  /**
   * Let silence follow until the last note that was played is known.
   * @returns {Promise<Heard>}
   */
  async finish() {
    const seconds = this.received / rates.AUDIO_RATE;
    const silence = Math.round((this.latency + (2 * f.HOP) / r.NOTE_RATE) * rates.AUDIO_RATE);
    const answers = await this.net.run(new Float32Array(silence));
    const last = this.picker.push(answers, this.net.levels);
    const rest = this.picker.finish();
    const ended = [...last.ended, ...rest.ended].map(({ pitch, at }) => ({
      pitch,
      at: Math.min(at, seconds),
    }));
    const begun = [...last.begun, ...rest.begun].filter(({ onset }) => onset < seconds);
    return { begun, ended, until: seconds };
  }
}
