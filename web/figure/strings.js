/** How far the hair of a bow misses the string that it plays (`hair_off_strings`, `avatar/retargeting/bow_rigging.py`). */

import { bowing, violinRigging as v } from "../generated/constants.js";
import { axesOf, turned } from "../geometry/quaternions.js";
import { dot, minus, within } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../musician/frame.js").Prop} Prop
 */

/**
 * Metres above (or below) the nearest string; 0 for a bow that is far from all of them.
 * @param {Prop} violin
 * @param {Prop} bow
 */
export function hairOffStrings(violin, bow) {
  const body = axesOf(violin.turn);
  const inViolin = (/** @type {Vector} */ vector) => body.map((axis) => dot(axis, vector));
  const start = inViolin(minus(bow.place, violin.place));
  const way = inViolin(turned(bow.turn, [1, 0, 0]));
  let lowest = Infinity;
  for (let string = 0; string < 4; string++) {
    const [bowed, nut] = [v.bowed[string], v.nut[string]];
    const slope = (nut[2] - bowed[2]) / (nut[0] - bowed[0]);
    const rise = (nut[1] - bowed[1]) / (nut[0] - bowed[0]);
    let steep = way[2] - slope * way[0];
    if (Math.abs(steep) < 0.1) steep = steep < 0 ? -0.1 : 0.1;
    const along = (bowed[2] + slope * (start[0] - bowed[0]) - start[2]) / steep;
    const place = start[0] + along * way[0];
    const above = start[1] + along * way[1] - bowed[1] - rise * (place - bowed[0]);
    if (along > 0 && along < bowing.BOW_LENGTH && place > 0 && place < v.NUT)
      lowest = Math.min(lowest, above);
  }
  const share = within((v.NEAR - Math.abs(lowest)) / (v.NEAR - v.ON_STRING), 0, 1);
  return share > 0 ? lowest * share : 0;
}
