/** Fingers: three joint angles each that bring the tips to their targets (`avatar/retargeting/fingers.py`). */

import { kinematics, rigFingers as limits } from "../generated/constants.js";
import { product } from "../geometry/quaternions.js";
import { dot, length, minus, plus, times, within } from "../geometry/vectors.js";

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
 * How far a wrist must go so that its fingers come to targets they do not reach from where it is.
 * @param {FingerTables} tables
 * @param {number} hand
 * @param {Vector[]} targets  from the wrist in palm directions, thumb first
 * @param {boolean[]} led  which fingers the wrist goes along with
 * @returns {Vector}  in palm directions
 */
export function lacking(tables, hand, targets, led) {
  /** @type {Vector} */
  let shift = [0, 0, 0];
  for (let step = 0; step < limits.YIELDING; step++) {
    /** @type {Vector} */
    let sum = [0, 0, 0];
    let weight = limits.REACHED;
    for (let finger = 0; finger < targets.length; finger++) {
      if (!led[finger]) continue;
      const aim = minus(targets[finger], shift);
      const missed = minus(aim, tipAt(tables, hand, finger, anglesTo(tables, hand, finger, aim)));
      const size = length(missed);
      sum = plus(sum, size, missed);
      weight += size;
    }
    shift = plus(shift, 1 / weight, sum);
    shift = times(Math.min(1, limits.FARTHEST / Math.max(length(shift), limits.FARTHEST)), shift);
  }
  return shift;
}

/**
 * Where a finger's tip is, from the wrist in palm directions.
 * @param {FingerTables} tables
 * @param {number} hand
 * @param {number} finger
 * @param {Vector} angles
 * @returns {Vector}
 */
function tipAt(tables, hand, finger, [flexion, spread, bend]) {
  const [x, y] = bentChain(tables.lengths[hand][finger], bend);
  const along = x * Math.cos(spread);
  const [cosine, sine] = [Math.cos(flexion), Math.sin(flexion)];
  const [forth, raised, hinge] = tables.frames[hand][finger];
  let tip = plus(tables.bases[hand][finger], along * cosine + y * sine, forth);
  tip = plus(tip, along * sine - y * cosine, raised);
  return plus(tip, x * Math.sin(spread), hinge);
}

/**
 * A bent finger's tip along its first bone and below it.
 * @param {Vector} lengths  of its bones
 * @param {number} bend
 * @returns {[number, number]}
 */
function bentChain([a, b, c], bend) {
  const end = (1 + kinematics.END_SHARE) * bend;
  return [a + b * Math.cos(bend) + c * Math.cos(end), b * Math.sin(bend) + c * Math.sin(end)];
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
  let [x, y] = bentChain(tables.lengths[hand][finger], bend);
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
