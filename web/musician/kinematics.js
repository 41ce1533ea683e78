/** Limbs that reach: two-bone arms, three-bone fingers (`musician/kinematics.py`). */

import { Course, across, length, minus, plus, times, within } from "../geometry/vectors.js";
import { kinematics } from "../generated/constants.js";

/** @typedef {import("../geometry/vectors.js").Vector} Vector */

const BENDS = 400;
const MOST_BENT = 2.1; // rad

/**
 * 0 to 1 with no speed and no acceleration at both ends (minimum jerk).
 * @param {number} share
 */
export function smoothstep(share) {
  const s = within(share, 0, 1);
  return s ** 3 * (10 - 15 * s + 6 * s ** 2);
}

/**
 * Arm by inverse kinematics: elbow and wrist for a wrist target; out of reach, the nearest point it reaches.
 * @param {Vector} shoulder
 * @param {Vector} target
 * @param {number} upper
 * @param {number} lower
 * @param {Vector} pole  to which the elbow points
 * @returns {[Vector, Vector]}
 */
export function bentArm(shoulder, target, upper, lower, pole) {
  const offset = minus(target, shoulder);
  const far = length(offset);
  const direction = times(1 / Math.max(far, 1e-9), offset);
  const distance = within(
    far,
    Math.abs(upper - lower) * 1.05 + 1e-6,
    (upper + lower) * kinematics.LONGEST_REACH,
  );
  const along = (upper ** 2 - lower ** 2 + distance * distance) / (2 * distance);
  const out = Math.sqrt(Math.max(upper ** 2 - along * along, 0));
  const elbow = plus(plus(shoulder, along, direction), out, across(pole, direction));
  return [elbow, plus(shoulder, distance, direction)];
}

/**
 * A finger in its own plane: places of the middle joint's end and of the tip, along and out of its direction.
 * @param {Vector} bones
 * @param {number} bend
 * @returns {[[number, number], [number, number]]}
 */
function planar(bones, bend) {
  const end = (1 + kinematics.END_SHARE) * bend;
  const [x, y] = [bones[0] + bones[1] * Math.cos(bend), -bones[1] * Math.sin(bend)];
  return [
    [x, y],
    [x + bones[2] * Math.cos(end), y - bones[2] * Math.sin(end)],
  ];
}

/** @type {Map<string, Course>} */
const bends = new Map();

/**
 * Which bend brings the tip how near to the root: the bend over the distance's negative.
 * @param {Vector} bones
 */
function bendAt(bones) {
  const key = bones.join();
  let course = bends.get(key);
  if (!course) {
    const bend = Array.from({ length: BENDS }, (_, i) => (MOST_BENT * i) / (BENDS - 1));
    course = new Course(
      bend.map((angle) => -Math.hypot(...planar(bones, angle)[1])),
      bend,
    );
    bends.set(key, course);
  }
  return course;
}

/**
 * The two middle joints and the tip of a finger; bones keep their lengths, a target out of reach is only pointed at.
 * @param {Vector} base
 * @param {Vector} target
 * @param {Vector} bones  metres, from the root outwards
 * @param {Vector} dorsal  direction of the back of the hand: to that side the finger bends out
 * @returns {Vector[]}
 */
export function bentFinger(base, target, bones, dorsal) {
  const offset = minus(target, base);
  const wanted = length(offset);
  const along = times(1 / Math.max(wanted, 1e-9), offset);
  const out = across(dorsal, along);
  const [middle, tip] = planar(bones, bendAt(bones).at(-wanted));
  const reach = Math.max(Math.hypot(...tip), 1e-9);
  const [cos, sin] = [tip[0] / reach, tip[1] / reach];
  return [[bones[0], 0], middle, tip].map(([far, aside]) =>
    plus(plus(base, far * cos + aside * sin, along), -far * sin + aside * cos, out),
  );
}
