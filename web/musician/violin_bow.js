/** Where a bow lies on the strings, and where a hand holds it (`musician/violin_bow.py`). */

import { bowing, violinBow, violinPlaying, violinWays } from "../generated/constants.js";
import { Course, across, cross, dot, plus, times, within } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./body.js").Trunk} Trunk
 * @typedef {import("./violin_posture.js").Posture} Posture
 */

const v = { ...violinPlaying, ...violinBow };
const { BOW_LENGTH } = bowing;
const { STRING_LENGTH } = violinWays;
const tilts = new Course([0, 1, 2, 3], v.STRING_TILT);

/**
 * Angle of the bow against the violin's own plane: where strings are crossed, no more than it takes.
 * @param {Posture} posture
 * @returns {number}
 */
function bowTilt({ string, level }) {
  return tilts.at(string + within(level - string, -v.NEARER, v.NEARER));
}

/**
 * Metres by which the hand is higher than where the slower elbow has brought it.
 * @param {Posture} posture
 */
export const handHigher = (posture) =>
  (bowTilt(posture) - tilts.at(posture.level)) * posture.position * BOW_LENGTH;

/**
 * Direction of the hair from tip to frog, and the frog's end of the hair.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 * @returns {[Vector, Vector]}
 */
export function bowOf(button, [along, normal, right], posture) {
  const { string, lift, position, contact, skew } = posture;
  const share = contact / (STRING_LENGTH - v.BOWED_POINT); // of the way to the nut, to which strings come together
  const side = (string - 1.5) * (v.STRING_GAPS[1] + share * (v.STRING_GAPS[0] - v.STRING_GAPS[1]));
  const arch = (v.STRING_ARCH * (string - 1.5) ** 2) / 2.25;
  const height = v.STRING_HEIGHT - arch * (1 - share) - share * v.STRING_FALL;
  const place = plus(button, v.BRIDGE + v.BOWED_POINT + contact, along);
  const tilt = bowTilt(posture);
  const square = plus(times(Math.cos(tilt), right), Math.sin(tilt), normal);
  const hair = plus(times(Math.cos(skew), square), Math.sin(skew), along);
  const raised = plus(plus(plus(place, side, right), height, normal), 0.05 * Math.min(lift, 0.5), normal);
  return [hair, plus(raised, position * BOW_LENGTH, hair)];
}

/**
 * Up from the stick, and the thumb's place on it.
 * @param {Trunk} trunk
 * @param {Matrix} axes
 * @param {[Vector, Vector]} bow
 * @returns {[Vector, Vector]}
 */
export function heldAt(trunk, [along], [hair, frog]) {
  let over = across(cross(hair, along), hair);
  over = times(Math.sign(dot(over, trunk.up)), over);
  return [over, plus(plus(frog, v.GRIP_ALONG, hair), v.GRIP_OVER, over)];
}

/**
 * How far a lifted bow has been taken away from the strings, 0 to 1.
 * @param {Posture} posture
 */
export const relaxation = ({ lift }) => within(lift * 1.6 - 0.5, 0, 1);
