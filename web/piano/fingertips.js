/** Where fingertips are on the keyboard: on the keys that they have, beside each other, within reach, as high as they
 * lift (`inference/piano/fingertips.py`). */

import { keyboard as k, pianist, pianoFingertips as f } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { missing } from "./posing.js";

/**
 * @typedef {[number, number]} Place  px (millimetres) of the hands12 frame
 * @typedef {import("./strokes.js").Stroke} Stroke
 */

const POINTS = 1 + k.FINGERS;

/**
 * Fingertips moved onto the keys that they have, the others along with them.
 * @param {Place[][]} place
 * @param {[Stroke, Stroke][]} ofFinger
 * @param {number[]} leaving
 * @param {number[]} coming
 * @returns {Place[]}
 */
export function ontoKeys(place, ofFinger, leaving, coming) {
  /** @type {Place[]} */
  const tips = place.flatMap((points) => points.slice(1, POINTS));
  const has = leaving.map((share, i) => Math.max(share, coming[i]));
  /** @type {Place[]} */
  const moved = tips.map((tip, finger) => {
    /** @type {Place} */
    const result = [...tip];
    const [was, will] = ofFinger[finger];
    for (const [pitch, weight] of [
      [was.pitch, leaving[finger]],
      [will.pitch, coming[finger]],
    ]) {
      if (!(pitch > 0)) continue;
      result[0] += weight * (k.KEY_X[pitch] - result[0]);
      result[1] += weight * (k.STRIKES_AT[+k.IS_BLACK[pitch]][finger] - result[1]);
    }
    return result;
  });
  const went = moved.map((tip, finger) => has[finger] * (tip[0] - tips[finger][0]));
  moved.forEach((tip, finger) => {
    let [pull, weight] = [0, f.STAYS];
    for (let other = 0; other < k.ALL_FINGERS; other++) {
      if (other === finger || k.HAND_OF[other] !== k.HAND_OF[finger]) continue;
      const share = 0.5 ** Math.abs((other % k.FINGERS) - (finger % k.FINGERS));
      pull += went[other] * share;
      weight += has[other] * share;
    }
    tip[0] += ((1 - has[finger]) * pull) / weight;
  });
  return moved;
}

/**
 * Let no other finger than the thumb cross another: who holds a key stays, who is on the way to one waits on its own
 * side of those, who has none gives way to all.
 * @param {Place[]} tips  changed
 * @param {number[]} bound
 * @param {boolean[]} held
 */
export function inOrder(tips, bound, held) {
  for (let hand = 0; hand < k.HANDS; hand++) {
    const outwards = hand ? 1 : -1;
    const first = hand * k.FINGERS;
    const out = tips.slice(first, first + k.FINGERS).map((tip) => outwards * tip[0]);
    for (let i = 1; i < k.FINGERS; i++) {
      if (held[first + i]) continue;
      for (let other = 1; other < i; other++)
        if (held[first + other]) out[i] = Math.max(out[i], out[other] + f.CLOSEST * (i - other));
      for (let other = i + 1; other < k.FINGERS; other++)
        if (held[first + other]) out[i] = Math.min(out[i], out[other] + f.CLOSEST * (i - other));
    }
    for (let i = 2; i < k.FINGERS; i++)
      out[i] += (1 - bound[first + i]) * Math.max(out[i - 1] + f.BESIDE - out[i], 0);
    for (let i = k.FINGERS - 2; i >= 0; i--)
      out[i] -= (1 - bound[first + i]) * Math.max(out[i] + f.BESIDE - out[i + 1], 0);
    out.forEach((value, i) => (tips[first + i][0] = outwards * value));
  }
}

/**
 * A place of the hands12 frame with its height above the keys in millimetres, as metres of the room.
 * @param {Place} point
 * @param {number} height
 * @returns {import("../geometry/vectors.js").Vector}
 */
const inMetres = ([x, y], height) => [-1e-3 * x, 1e-3 * height, -1e-3 * y];

/**
 * Draw hands to the keys that their fingers would not reach, and lower them; fingers that are bound to keys stay there.
 * @param {Place[][]} place  whose wrists are changed
 * @param {Place[]} tips  changed
 * @param {number[]} bound
 * @param {number[]} high  mm of the wrists above the keys, changed
 * @param {number[]} tipsHigh  mm of the fingertips
 * @param {number[]} flight  mm that each hand rises on its way; it sinks to its keys when it lands
 */
export function withinReach(place, tips, bound, high, tipsHigh, flight) {
  for (let hand = 0; hand < k.HANDS; hand++) {
    const wrist = place[hand][0];
    const own = [...Array(k.FINGERS).keys()].map((finger) => hand * k.FINGERS + finger);
    const shares = own.map((finger) => bound[finger]);
    for (let round = 0; round < f.ROUNDS; round++) {
      const points = own.map((finger) => inMetres(tips[finger], tipsHigh[finger]));
      const drawn = missing(inMetres(wrist, high[hand]), points, shares, hand);
      const lowest = f.LOWEST_WRIST + 2 * flight[hand];
      high[hand] += Math.max(1e3 * drawn[1], Math.min(lowest - high[hand], 0));
      [drawn[0], drawn[2]].forEach((part, axis) => {
        wrist[axis] -= 1e3 * part;
        for (const finger of own) tips[finger][axis] -= (1 - bound[finger]) * 1e3 * part;
      });
    }
  }
}

/**
 * Metres of a fingertip above the keys.
 * @param {[Stroke, Stroke]} strokes
 * @param {number} frame
 * @param {boolean} held
 * @param {number} leaving
 * @param {number} coming
 */
export function height([was, will], frame, held, leaving, coming) {
  const until = Math.trunc(within(will.start - frame, 0, f.RISE.length - 1));
  const rise = will.pitch > 0 ? f.RISE[until] * (0.6 + 0.8 * will.loud) : 0;
  const raised = Math.max(leaving * +k.IS_BLACK[was.pitch], coming * +k.IS_BLACK[will.pitch]);
  const level = pianist.BLACK_RAISE * raised;
  if (held) return level - (f.DIP + f.DEEPER * Math.min(was.loud, 1));
  return level + f.HOVER + f.LIFT * rise;
}
