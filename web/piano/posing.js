/** From wrists and fingertips to arms, hands and upper body at the piano (`musician/hand_model.py`). */

import { handModel as h, hands, humanHands, pianoBody } from "../generated/constants.js";
import { across, cross, length, minus, mixed, plus, times, unit, within } from "../geometry/vectors.js";
import { Trunk } from "../musician/body.js";
import { handJoints } from "../musician/hands.js";
import { bentArm } from "../musician/kinematics.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./planner.js").Hands} Hands
 */

const { sin, cos } = Math;
const SIDES = [1, -1]; // left, right: the sign of the room's x

/**
 * A point of the hands12 frame with its height above the keys, about the hips.
 * @param {[number, number]} point
 * @param {number} height
 * @returns {Vector}
 */
const inRoom = ([x, y], height) => [
  -(x - humanHands.ORIGIN[0]) / humanHands.PIXELS_PER_METRE,
  h.SURFACE + height,
  h.SEAT + h.KEY_EDGE - (y - humanHands.ORIGIN[1]) / humanHands.PIXELS_PER_METRE,
];

/**
 * Towards the middle knuckle, the thumb's side and the back of the hand.
 * @param {Vector} wrist
 * @param {Vector[]} tips
 * @param {number} sign
 * @returns {Matrix}
 */
function palmOf(wrist, tips, sign) {
  const three = plus(plus(tips[1], 1, tips[2]), 1, tips[3]);
  const [along, , ahead] = minus(times(1 / 3, three), wrist);
  const forward = unit([0.55 * along, h.KNUCKLES_ABOVE, 0.55 * ahead]);
  const thumbSide = across([-sign, 0.1, 0], forward);
  return [forward, thumbSide, sign > 0 ? cross(thumbSide, forward) : cross(forward, thumbSide)];
}

/**
 * How far a hand is too far away for its fingers to reach the tips that they are bound to; metres.
 * @param {Vector} wrist
 * @param {Vector[]} tips
 * @param {number[]} bound  0 to 1
 * @param {number} side
 */
export function missing(wrist, tips, bound, side) {
  const palm = palmOf(wrist, tips, SIDES[side]);
  /** @type {Vector} */
  let pull = [0, 0, 0];
  let weight = 1e-9;
  tips.forEach((tip, finger) => {
    const way = minus(tip, plus(wrist, h.HAND_SCALE, mixed(hands.ROOTS[finger], palm)));
    const far = Math.max(length(way), 1e-9);
    const lacks = bound[finger] * Math.max(far - h.SPANS[finger], 0);
    pull = plus(pull, (lacks * lacks) / far, way);
    weight += lacks;
  });
  return times(1 / weight, pull);
}

/**
 * All 50 joints, metres about the hips.
 * @param {Hands} hands
 * @param {number} breath  -1 to 1
 * @returns {Vector[]}
 */
export function posePianist({ points, wristHeight, tipHeight, lean, weight }, breath) {
  const trunk = new Trunk(pianoBody, -0.12 * lean, 0.1 + 0.07 * weight, 0.22 * lean, 0.004 * breath);
  const sides = SIDES.map((sign, side) => {
    const [first, ...others] = points[side];
    const wanted = inRoom(first, wristHeight[side]);
    const tips = others.map((tip, finger) => inRoom(tip, tipHeight[5 * side + finger]));
    /** @type {Vector} */
    const pole = [h.ELBOW_POLE[0] * sign, h.ELBOW_POLE[1], h.ELBOW_POLE[2]];
    const shoulder = sign > 0 ? trunk.leftShoulder : trunk.rightShoulder;
    const [elbow, wrist] = bentArm(shoulder, wanted, pianoBody.upper_arm, pianoBody.forearm, pole);
    const drawnBack = minus(wrist, wanted);
    const reached = tips.map((tip) => plus(tip, 1, drawnBack));
    const palm = palmOf(wrist, reached, sign);
    const thumbBack = plus(times(0.6, palm[1]), 0.8, palm[2]);
    return { elbow, wrist, hand: handJoints(wrist, palm, reached, pianoBody.hand, thumbBack) };
  });
  const [left, right] = sides;
  const look = -0.15 * within(lean / 0.4, -1, 1);
  const [, high, deep] = pianoBody.nose;
  const nod = 0.12 + 0.05 * weight;
  const nose = trunk.place([
    sin(look) * (deep + 0.02),
    high * cos(nod) - deep * sin(nod),
    (deep * cos(nod) + high * sin(nod) * 0.6) * cos(look),
  ]);
  const body = [nose, trunk.neck, trunk.rightShoulder, right.elbow, right.wrist];
  body.push(trunk.leftShoulder, left.elbow, left.wrist);
  return [...body, ...left.hand, ...right.hand];
}
