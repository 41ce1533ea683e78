/** A violin's strings (`musician/violin_playing.py`). */

import { violinPlaying as v, violinWays } from "../generated/constants.js";
import { Course, plus } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 */

const { STRING_LENGTH } = violinWays;
const stringGap = new Course([0, STRING_LENGTH], v.STRING_GAPS);

/**
 * A place on or over a string, 0 G to 3 E, so far from the nut.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {number} which
 * @param {number} fromNut
 * @param {number} height
 * @returns {Vector}
 */
export function onString(button, [along, normal, right], which, fromNut, height) {
  const level = v.STRING_HEIGHT - v.STRING_FALL * (1 - fromNut / STRING_LENGTH);
  const place = plus(button, v.BRIDGE + STRING_LENGTH - fromNut, along);
  return plus(plus(place, (which - 1.5) * stringGap.at(fromNut), right), level + height, normal);
}
