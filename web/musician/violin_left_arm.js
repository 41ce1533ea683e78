/** The left arm at the neck: hand and forearm in one line, four fingers and a thumb (`musician/violin_left_arm.py`). */

import { hands, violinLeftArm as l } from "../generated/constants.js";
import { across, cross, mixed, plus, times, unit, within } from "../geometry/vectors.js";
import { handJoints } from "./hands.js";
import { bentArm } from "./kinematics.js";
import { onString } from "./violin_playing.js";
import { distanceFromNut } from "./violin_ways.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./body.js").Body} Body
 * @typedef {import("./body.js").Trunk} Trunk
 * @typedef {import("./violin_posture.js").Posture} Posture
 */

/**
 * How far the hand has come around the violin's shoulder, 0 to 1, and how far it is in the highest positions.
 * @param {number} handAt  m from the nut
 */
const heights = (handAt) => [
  within((handAt - l.HIGH[0]) / l.HIGH[1], 0, 1),
  within((handAt - l.HIGHEST[0]) / l.HIGHEST[1], 0, 1),
];

/**
 * How a player's hand stands at the neck: leaning to the scroll and aside, the index finger's root joint up and out
 * from the E string, the elbow out.
 * @param {Body} body
 * @param {Posture} posture
 * @param {number} handAt
 */
function stanceOf(body, posture, handAt) {
  const [high, highest] = heights(handAt);
  const of = (/** @type {number[]} */ [always, more, up, moreUp, top], /** @type {number} */ string) => {
    const low = 1 - string / 3;
    return always + more * low + high * (up + moreUp * low) + top * highest * low;
  };
  const string = posture.left_string;
  return {
    lean: of(l.LEAN, string),
    aside: of(l.ASIDE, string),
    knuckleUp: of(l.KNUCKLE_UP, string),
    knuckleOut: of(l.KNUCKLE_OUT, string) * body.hand,
    elbowOut: of(l.ELBOW_OUT, posture.level),
  };
}

/**
 * Left elbow, wrist and hand.
 * @param {Body} body
 * @param {Trunk} trunk
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
export function leftArm(body, trunk, button, axes, posture) {
  const [along, normal, right] = axes;
  const { over, reach, down } = posture;
  const sway = posture.vibrato * l.VIBRATO_SWAY;
  const handAt = distanceFromNut(posture.place);
  const stance = stanceOf(body, posture, handAt);
  const upward = unit(plus(plus(times(l.HAND_UP, normal), stance.aside, right), stance.lean, along));
  const thumbSide = across(along, upward);
  /** @type {Matrix} */
  const palm = [upward, thumbSide, cross(thumbSide, upward)];
  let indexRoot = onString(button, axes, 3, handAt, stance.knuckleUp);
  indexRoot = plus(plus(indexRoot, stance.knuckleOut, right), sway * 0.8, along);
  const wanted = plus(indexRoot, -body.hand, mixed(hands.ROOTS[1], palm));
  const pole = plus(trunk.along([0.15, -1, 0.1]), stance.elbowOut, trunk.along([1, 0, 0]));
  const [elbow, wrist] = bentArm(trunk.leftShoulder, wanted, body.upper_arm, body.forearm, pole);
  const [thumb, thumbBack] = thumbAt(button, axes, handAt);
  const tips = [thumb];
  for (let f = 0; f < 4; f++) {
    const tip = onString(button, axes, over[f], reach[f], l.HOVER * (1 - down[f]));
    tips.push(plus(tip, sway * down[f], along));
  }
  return { elbow, wrist, hand: handJoints(wrist, palm, tips, body.hand, thumbBack) };
}

/**
 * Where the thumb is, and to which side it bends out: beside the neck, in high positions under its heel.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {number} handAt
 * @returns {[Vector, Vector]}
 */
function thumbAt(button, axes, handAt) {
  const [, normal, right] = axes;
  const at = within(handAt + l.THUMB_BEHIND, 0.01, l.THUMB_MOST);
  const [under, highest] = heights(handAt);
  const height = l.THUMB_AT_RIBS[0] * highest - l.THUMB_UNDER[0] * under - l.THUMB_BELOW;
  const place = onString(button, axes, -0.6, at, height);
  const aside = l.THUMB_AT_RIBS[1] * highest + l.THUMB_UNDER[1] * under * under - l.THUMB_BESIDE;
  return [plus(place, aside, right), plus(times(-1, right), -2 * under, normal)];
}
