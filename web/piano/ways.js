/** The ways to give the notes of a chord to the fingers of two hands that do not cross (`inference/piano/ways.py`). */

import { keyboard as k, pianoWays as w } from "../generated/constants.js";

/**
 * @typedef {{finger: number[], weight: number[], weights: [number, number]}} Way
 *   fingers of rising notes, inverse variances, their sums by hand
 */

const FINGERS = k.FINGERS;
const HAND = k.HAND_OF;

/**
 * Every choice of so many of five fingers, in order.
 * @param {number} count
 * @returns {number[][]}
 */
function combinations(count) {
  /** @type {number[][]} */
  const found = [];
  const extend = (/** @type {number[]} */ chosen, /** @type {number} */ first) => {
    if (chosen.length === count) found.push(chosen);
    else for (let finger = first; finger < FINGERS; finger++) extend([...chosen, finger], finger + 1);
  };
  extend([], 0);
  return found;
}

/** @type {Map<number, Way[]>} */
const waysByCount = new Map();

/**
 * Every way to give rising notes to the fingers of two hands that do not cross.
 * @param {number} notes
 */
function waysOf(notes) {
  let ways = waysByCount.get(notes);
  if (ways) return ways;
  ways = [];
  for (let ofLeft = Math.max(0, notes - FINGERS); ofLeft <= Math.min(FINGERS, notes); ofLeft++)
    for (const left of combinations(ofLeft))
      for (const right of combinations(notes - ofLeft)) {
        const finger = [...left.map((one) => FINGERS - 1 - one), ...right.map((one) => FINGERS + one)];
        const weight = finger.map((one) => w.FITS[one] ** -2);
        /** @type {[number, number]} */
        const weights = [0, 0];
        finger.forEach((one, i) => (weights[HAND[one]] += weight[i]));
        ways.push({ finger, weight, weights });
      }
  waysByCount.set(notes, ways);
  return ways;
}

/**
 * The ways to take a chord that are worth trying: those that ask least of the hands.
 * @param {number[]} pitches  rising
 * @param {number[]} here  px along the keyboard at which the wrists are believed
 * @param {number[]} variance  px^2, how surely
 */
export function handy(pitches, here, variance) {
  const ways = waysOf(pitches.length);
  if (ways.length <= 2 * w.MOST_WAYS) return ways;
  const costs = ways.map(({ finger, weight, weights }) => {
    let [squares, seldom] = [0, 0];
    const pulls = [here[0] / variance[0], here[1] / variance[1]];
    for (let i = 0; i < finger.length; i++) {
      const asked = k.KEY_X[pitches[i]] - k.SPREAD[finger[i]];
      const pull = weight[i] * asked;
      pulls[HAND[finger[i]]] += pull;
      squares += pull * asked;
      seldom += w.SELDOM[+k.IS_BLACK[pitches[i]]][finger[i]];
    }
    // squares about the place that suits the hand's keys best and is near to where it is
    for (let hand = 0; hand < k.HANDS; hand++)
      if (weights[hand] > 0)
        squares += here[hand] ** 2 / variance[hand] - pulls[hand] ** 2 / (weights[hand] + 1 / variance[hand]);
    return 0.5 * squares + seldom;
  });
  const order = ways.map((_, i) => i).sort((a, b) => costs[a] - costs[b] || a - b);
  return order
    .slice(0, w.MOST_WAYS)
    .sort((a, b) => a - b)
    .map((i) => ways[i]);
}
