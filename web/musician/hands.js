/** A hand of 21 points: a rigid palm and five fingers that reach for targets (`musician/hands.py`). */

import { mixed, plus, times } from "../geometry/vectors.js";
import { hands } from "../generated/constants.js";
import { bentFinger } from "./kinematics.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 */

/** @type {Map<number, Vector[]>} */
const scaled = new Map();

/**
 * @param {number} scale
 * @returns {Vector[]}
 */
function bonesOf(scale) {
  const known = scaled.get(scale);
  if (known) return known;
  const bones = hands.BONES.map((/** @type {Vector} */ bone) => times(scale, bone));
  scaled.set(scale, bones);
  return bones;
}

/**
 * The 21 points of a hand in the order of the layouts.
 * @param {Vector} wrist
 * @param {Matrix} palm  towards the middle finger's knuckle, the thumb's side, the back of the hand
 * @param {Vector[]} tips  thumb first
 * @param {number} scale  hand length relative to 185 mm
 * @param {Vector} thumbBack  to which side the thumb bends out
 */
export function handJoints(wrist, palm, tips, scale, thumbBack) {
  const points = [wrist];
  const bones = bonesOf(scale);
  for (let finger = 0; finger < 5; finger++) {
    const base = plus(wrist, scale, mixed(hands.ROOTS[finger], palm));
    points.push(base, ...bentFinger(base, tips[finger], bones[finger], finger ? palm[2] : thumbBack));
  }
  return points;
}
