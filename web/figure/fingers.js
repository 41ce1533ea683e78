/** Fingers: three joint angles each that bring the tips to their targets (`avatar/retargeting/fingers.py`). */

import { kinematics, rigFingers as limits } from "../generated/constants.js";
import { product } from "../geometry/quaternions.js";
import { dot, length, minus, within } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/quaternions.js").Quaternion} Quaternion
 * @typedef {object} FingerTables  of both hands, `[hand][finger]`
 * @property {Vector[][]} bases
 * @property {Vector[][]} lengths
 * @property {[Vector, Vector, Vector][][]} frames  along, raised, hinge in palm directions
 * @property {number[][][]} bends  for evenly spaced reaches
 * @property {number[][]} shortest
 * @property {number[][]} longest
 * @property {Vector[][]} raised
 * @property {Vector[][]} hinge
 */

const WIDEST = limits.LARGEST_SPREAD.map(Math.tan);
const CUT = limits.LOWEST.map(
  (/** @type {number} */ low, /** @type {number} */ i) => Math.PI + 0.5 * (low + limits.HIGHEST[i]),
);

/**
 * Local rotations of a finger's three bones that bring its tip to a target.
 * @param {FingerTables} tables
 * @param {number} hand
 * @param {number} finger
 * @param {Vector} target  from the wrist in palm directions
 * @returns {[Quaternion, Quaternion, Quaternion]}
 */
export function fingerTo(tables, hand, finger, target) {
  const [flexion, spread, bend] = anglesTo(tables, hand, finger, target);
  return rotationsOf(tables.raised[hand][finger], tables.hinge[hand][finger], flexion, spread, bend);
}

/**
 * Flexion of the root joint (raised is positive), its spread, bend of the middle joint.
 * @param {FingerTables} tables
 * @param {number} hand
 * @param {number} finger
 * @param {Vector} target
 * @returns {Vector}
 */
function anglesTo(tables, hand, finger, target) {
  const away = minus(target, tables.bases[hand][finger]);
  const frame = tables.frames[hand][finger];
  /** @type {Vector} */
  const own = [dot(away, frame[0]), dot(away, frame[1]), dot(away, frame[2])];
  // a target farther aside than the finger spreads is reached for at its height, not through what lies under it
  const most = WIDEST[finger] * Math.hypot(own[0], own[1]);
  own[2] = within(own[2], -most, most);
  const wanted = Math.max(length(own), 1e-9);
  const bends = tables.bends[hand][finger];
  const [shortest, longest] = [tables.shortest[hand][finger], tables.longest[hand][finger]];
  const place = within((wanted - shortest) / (longest - shortest), 0, 1) * (bends.length - 1.001);
  const low = Math.trunc(place);
  const bend = bends[low] * (1 - (place - low)) + bends[low + 1] * (place - low);
  // the bent finger's tip hangs below its first bone; spread and flexion lift the whole onto the target
  const [a, b, c] = tables.lengths[hand][finger];
  const end = (1 + kinematics.END_SHARE) * bend;
  let [x, y] = [a + b * Math.cos(bend) + c * Math.cos(end), b * Math.sin(bend) + c * Math.sin(end)];
  const droop = Math.hypot(x, y);
  [x, y] = [x / droop, y / droop];
  const widest = limits.LARGEST_SPREAD[finger];
  const spread = within(Math.asin(within(own[2] / (wanted * x), -1, 1)), -widest, widest);
  let flexion = Math.atan2(own[1], own[0]);
  if (flexion > CUT[finger]) flexion -= 2 * Math.PI;
  flexion += Math.atan2(y, x * Math.cos(spread));
  return [within(flexion, limits.LOWEST[finger], limits.HIGHEST[finger]), spread, bend];
}

/**
 * @param {Vector} raised
 * @param {Vector} hinge
 * @param {number} flexion
 * @param {number} spread
 * @param {number} bend
 * @returns {[Quaternion, Quaternion, Quaternion]}
 */
function rotationsOf(raised, hinge, flexion, spread, bend) {
  /** @type {(axis: Vector, angle: number) => Quaternion} */
  const turn = (axis, angle) => {
    const s = Math.sin(0.5 * angle);
    return [s * axis[0], s * axis[1], s * axis[2], Math.cos(0.5 * angle)];
  };
  return [
    product(turn(hinge, flexion), turn(raised, -spread)),
    turn(hinge, -bend),
    turn(hinge, -bend * kinematics.END_SHARE),
  ];
}
