/**
 * From a net's answers at every step to notes (`inference/notes/picking.py`).
 *
 * @typedef {{onset: number, pitch: number, velocity: number, stroke: boolean, plucked: boolean}} Begun
 * @typedef {{begun: Begun[], ended: {pitch: number, at: number}[], until: number, last?: boolean}} Heard
 *   notes whose beginning became known by onset, those that ended, seconds up to which all beginnings are known,
 *   whether nothing more will be heard
 * @typedef {{lowest: number, keys: number, parts: string[], halves: number, lag: number,
 *   heads: {name: string, delay: number, reach: number, threshold: number, slur_weights?: number[],
 *   second_look?: string}[]}} NoteCard
 */

import { noteFeatures, picking as p, secondLook } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { BowChanges } from "./bow_changes.js";
import { SecondLook } from "./second_look.js";

/** Notes of one sound, picked while the net's answers come. */
export class Picker {
  /**
   * @param {NoteCard} card
   * @param {"normal" | "low"} head
   */
  constructor(card, head) {
    this.which = card.heads.findIndex(({ name }) => name === head);
    const { delay, reach, threshold, slur_weights: weights, second_look: look } = card.heads[this.which];
    this.bow = weights?.length ? new BowChanges(weights) : undefined;
    this.look = look ? new SecondLook(look, reach, card) : undefined;
    this.card = card;
    this.delay = delay;
    this.reach = reach;
    this.threshold = threshold;
    this.part = Object.fromEntries(card.parts.map((name, i) => [name, i]));
    this.size = card.keys * card.parts.length; // numbers of a step
    this.kept = look ? Math.max(reach, secondLook.BEFORE) : reach; // steps before the next to be decided
    /** @type {Float32Array[]} these, and all after */
    this.known = Array.from({ length: this.kept }, () => new Float32Array(this.size));
    this.step = 0; // the next to be decided
    /** @type {Map<number, number>} keys that are down, and the step since which */
    this.open = new Map();
  }

  /**
   * Take the net's probabilities in, `[steps, keys, heads * halves * parts]`; give what became known.
   * @param {Float32Array} answers
   * @param {Float32Array} [levels]  of these steps, `[steps of 48/s, 4]`, where slurs are told by them
   * @returns {Heard}
   */
  push(answers, levels) {
    if (levels) this.bow?.push(levels);
    this.known.push(...this.ownSteps(answers));
    return this.decide();
  }

  /**
   * One head's answers at 48 steps/s.
   * @param {Float32Array} answers
   */
  ownSteps(answers) {
    const { keys, parts, halves, heads } = this.card;
    const width = heads.length * halves * parts.length;
    const steps = answers.length / (keys * width);
    const rows = [];
    for (let step = 0; step < steps; step++)
      for (let half = 0; half < halves; half++) {
        const row = new Float32Array(this.size);
        for (let key = 0; key < keys; key++) {
          const from = (step * keys + key) * width + (this.which * halves + half) * parts.length;
          row.set(answers.subarray(from, from + parts.length), key * parts.length);
        }
        rows.push(row);
      }
    return rows;
  }

  /** @returns {Heard} */
  decide() {
    /** @type {Heard} */
    const heard = { begun: [], ended: [], until: 0 };
    const count = Math.max(0, this.known.length - this.kept - this.reach);
    for (let i = 0; i < count; i++) this.decideStep(i, heard);
    this.known.splice(0, count);
    this.bow?.forget(this.step - this.delay);
    heard.until = this.time(this.step);
    heard.begun.sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
    return heard;
  }

  /**
   * @param {number} i  of the known steps, `kept` before the one to be decided
   * @param {Heard} heard
   */
  decideStep(i, heard) {
    const { parts, keys, lowest } = this.card;
    const { part, known } = this;
    const row = i + this.kept;
    /** @type {(step: number, key: number, name: string) => number} */
    const at = (step, key, name) => known[step][key * parts.length + part[name]];
    for (let key = 0; key < keys; key++) {
      const onset = at(row, key, "onset");
      if (!this.begins(row, key, onset)) continue;
      const [before, after] = [at(row - 1, key, "onset"), at(row + 1, key, "onset")];
      const bend = Math.max(2 * onset - before - after, 1e-9);
      const between = within((0.5 * (after - before)) / bend, -0.5, 0.5);
      if (this.open.has(key)) heard.ended.push({ pitch: key + lowest, at: this.time(this.step - 1) });
      this.open.set(key, this.step);
      heard.begun.push({
        onset: this.time(this.step + between),
        pitch: key + lowest,
        velocity: within(at(row, key, "velocity") * p.LOUDEST, p.SOFTEST, p.LOUDEST),
        stroke: !("stroke" in part) || this.isStroke(onset, at(row, key, "stroke")),
        plucked: "plucked" in part && at(row, key, "plucked") > 0.5,
      });
    }
    for (const [key, since] of this.open) {
      if (this.step - since < p.SHORTEST) continue;
      let gone = true;
      for (let later = 0; later < p.UP_STEPS; later++) gone &&= at(row + later, key, "held") < p.HELD;
      if (!gone) continue;
      this.open.delete(key);
      heard.ended.push({ pitch: key + lowest, at: this.time(this.step) });
    }
    this.step += 1;
  }

  /**
   * @param {number} row
   * @param {number} key
   * @param {number} onset  its probability
   */
  begins(row, key, onset) {
    const { look, threshold } = this;
    if (onset < (look ? secondLook.CANDIDATE : threshold) || !this.isGreatest(row, key)) return false;
    return !look || look.probability(this.known, row, key) >= threshold;
  }

  /**
   * Whether a stroke begins at the step being decided.
   * @param {number} onset
   * @param {number} stroke
   */
  isStroke(onset, stroke) {
    return this.bow ? !this.bow.slurred(this.step - this.delay, onset, stroke) : stroke > 0.5 * onset;
  }

  /**
   * Whether a step's beginning is the greatest within reach; of two equal ones the first is.
   * @param {number} row
   * @param {number} key
   */
  isGreatest(row, key) {
    const at = key * this.card.parts.length + this.part.onset;
    const middle = this.known[row][at];
    for (let apart = 1; apart <= this.reach; apart++)
      if (!(middle > this.known[row - apart][at] && middle >= this.known[row + apart][at])) return false;
    return true;
  }

  /** No more answers come: decide the last steps and let every note end. */
  finish() {
    for (let i = 0; i < this.reach; i++) this.known.push(new Float32Array(this.size));
    const heard = this.decide();
    for (const key of [...this.open.keys()].sort((a, b) => a - b))
      heard.ended.push({ pitch: key + this.card.lowest, at: heard.until });
    this.open.clear();
    return heard;
  }

  /**
   * Seconds of the sound that answers speak of; nothing is before its beginning.
   * @param {number} steps
   */
  time(steps) {
    return Math.max(0, (steps - this.delay) / noteFeatures.STEP_RATE + this.card.lag);
  }
}
