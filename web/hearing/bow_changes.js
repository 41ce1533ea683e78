/**
 * Does a bow turn where a note begins? The level around the beginning tells (`inference/notes/bow_changes.py`).
 */

import { bowChanges as b } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";

/** @typedef {Float32Array} Levels  of one step: of all, low, middle and high bands, in dB */

/** @param {number} probability */
function odds(probability) {
  const kept = within(probability, b.SMALLEST_PROBABILITY, 1 - b.SMALLEST_PROBABILITY);
  return Math.log(kept / (1 - kept));
}

/**
 * What is weighed.
 * @param {Levels[]} levels  of the steps around a beginning
 * @param {number} onset  the net's probability that it is one
 * @param {number} stroke  and that a stroke begins with it
 * @returns {number[]}
 */
export function evidence(levels, onset, stroke) {
  /** @type {(band: number, steps: number[]) => number[]} */
  const of = (band, [first, end]) => levels.slice(first, end).map((step) => step[band]);
  /** @type {(steps: number[]) => number[]} */
  const dips = (steps) =>
    Array.from({ length: b.BANDS }, (_, band) => {
      const values = of(band, steps);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return within(mean - Math.min(...of(band, b.AT)), b.DIP_RANGE[0], b.DIP_RANGE[1]);
    });
  const loudest = Array.from({ length: b.BANDS }, (_, band) => Math.max(...of(band, [0, b.WINDOW])));
  const under = levels.flatMap((step) => loudest.map((top, band) => within(step[band] - top, -b.DEEPEST, 0)));
  const share = within(stroke / Math.max(onset, 1e-9), b.SMALLEST_SHARE, 1 - b.SMALLEST_SHARE);
  const own = [within(odds(share), -b.LARGEST_ODDS, b.LARGEST_ODDS), odds(stroke), odds(onset)];
  return [...own, ...dips(b.EARLY), ...dips(b.LATE), ...under];
}

/** Tells slurred notes from strokes while levels come in. */
export class BowChanges {
  /** @param {number[]} weights  one for each number of the evidence, then a constant */
  constructor(weights) {
    this.weights = weights;
    /** @type {Levels[]} */
    this.levels = [];
    this.first = 0; // step of the first level that is kept
  }

  /** @param {Float32Array} levels  of the steps that follow, `[steps, 4]` */
  push(levels) {
    for (let i = 0; i < levels.length; i += b.BANDS) this.levels.push(levels.slice(i, i + b.BANDS));
  }

  /**
   * Whether a note that begins at a step goes on under the bow.
   * @param {number} step
   * @param {number} onset
   * @param {number} stroke
   */
  slurred(step, onset, stroke) {
    const around = Array.from(
      { length: b.WINDOW },
      (_, i) => this.levels[within(step - b.BEFORE + i - this.first, 0, this.levels.length - 1)],
    );
    const sum = evidence(around, onset, stroke).reduce((all, value, i) => all + value * this.weights[i], 0);
    return sum + this.weights[this.weights.length - 1] > 0;
  }

  /**
   * Drop what no note that begins at this step or later needs.
   * @param {number} step
   */
  forget(step) {
    const past = within(step - b.BEFORE - this.first, 0, this.levels.length);
    this.levels.splice(0, past);
    this.first += past;
  }
}
