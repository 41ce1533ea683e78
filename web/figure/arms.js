/** Arms between shoulders that give and hands that hold (`avatar/retargeting/arms.py`, `hands.py`). */

import { bodyArms, bodyLimits } from "../generated/constants.js";
import {
  about,
  between,
  limited,
  ofAxes,
  opposite,
  product,
  turned,
  twistAboutX,
  wrapped,
} from "../geometry/quaternions.js";
import { across, cross, length, minus, plus, radians, times, unit, within } from "../geometry/vectors.js";
import { bentArm } from "../musician/kinematics.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/quaternions.js").Quaternion} Quaternion
 */

/** @type {Vector} */
const X = [1, 0, 0];

/**
 * Palm directions from a hand's joints: towards the middle finger's root, the thumb's side, the back of the hand.
 * @param {Vector[]} joints
 * @param {number} first
 * @param {[Vector, Vector, Vector]} palmOfRoots
 * @param {number} sign
 * @returns {[Vector, Vector, Vector]}
 */
export function palmOf(joints, first, palmOfRoots, sign) {
  const root = (/** @type {number} */ finger) => joints[first + 4 * finger + 1];
  const ahead = unit(minus(root(2), joints[first]));
  const aside = across(minus(root(1), root(4)), ahead);
  const back = times(-sign, cross(ahead, aside));
  /** @type {(column: number) => Vector} */
  const mixedAt = (column) => {
    const [a, b, c] = [palmOfRoots[0][column], palmOfRoots[1][column], palmOfRoots[2][column]];
    return [
      a * ahead[0] + b * aside[0] + c * back[0],
      a * ahead[1] + b * aside[1] + c * back[1],
      a * ahead[2] + b * aside[2] + c * back[2],
    ];
  };
  return [mixedAt(0), mixedAt(1), mixedAt(2)];
}

/**
 * The shoulder girdle follows a hand that reaches far.
 * @param {Vector} clavicle
 * @param {Vector} shoulder
 * @param {Vector} target
 * @param {number} arm
 * @returns {[Quaternion, Vector]}
 */
export function girdleTo(clavicle, shoulder, target, arm) {
  const offset = minus(target, shoulder);
  const lacking = length(offset) - arm;
  const push = 0.5 * (lacking + Math.sqrt(lacking * lacking + bodyArms.GIRDLE_SOFT ** 2));
  const bone = minus(shoulder, clavicle);
  const turn = limited(between(unit(bone), unit(plus(bone, push, unit(offset)))), bodyArms.LARGEST_GIRDLE);
  return [turn, plus(clavicle, 1, turned(turn, bone))];
}

/**
 * Upper arm and forearm for a wrist target, bones of constant length.
 * @param {Vector} shoulder
 * @param {Vector} target
 * @param {number} upper
 * @param {number} lower
 * @param {Vector} pole
 * @param {number} sign
 */
export function armRotations(shoulder, target, upper, lower, pole, sign) {
  const [elbow, wrist] = bentArm(shoulder, target, upper, lower, pole);
  const [first, second] = [unit(minus(elbow, shoulder)), unit(minus(wrist, elbow))];
  let bend = cross(first, second);
  if (length(bend) < bodyArms.STRAIGHT) bend = cross(unit(minus(wrist, shoulder)), times(-1, pole));
  const hinge = times(sign, bend);
  return { arm: limbRotation(first, hinge, sign), forearm: limbRotation(second, hinge, sign), wrist };
}

/**
 * Rotation of an arm's bone that rests along x (left) or -x and bends about the vertical there.
 * @param {Vector} direction
 * @param {Vector} hinge
 * @param {number} sign
 */
function limbRotation(direction, hinge, sign) {
  const side = across(hinge, direction);
  return ofAxes(times(sign, direction), times(-1, side), times(-sign, cross(direction, side)));
}

/**
 * Share a hand's turn about the forearm with the forearm, and keep the wrist within its limits.
 * @param {Quaternion} bare
 * @param {Quaternion} hand
 * @param {number} middle
 * @returns {[Quaternion, Quaternion]}
 */
export function forearmAndHand(bare, hand, middle) {
  const angle = middle + wrapped(twistAboutX(product(opposite(bare), hand)) - middle);
  const forearm = product(bare, about(X, bodyLimits.FOREARM_SHARE * angle));
  const wrist = product(opposite(forearm), hand);
  const twist = twistAboutX(wrist);
  const rest = within(twist, -bodyLimits.LARGEST_WRIST_TWIST, bodyLimits.LARGEST_WRIST_TWIST);
  return [forearm, limited(product(wrist, about(X, rest - twist)), radians(bodyLimits.SWING.Hand))];
}
