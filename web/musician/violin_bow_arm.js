/** The bow arm as players have it (`musician/violin_bow_arm.py`). */

import {
  hands,
  violinBow,
  violinBowArm,
  violinBowHold,
  violinPlaying,
  violinWays,
} from "../generated/constants.js";
import { minus, mixed, plus, times, within } from "../geometry/vectors.js";
import { handJoints } from "./hands.js";
import { bentArm } from "./kinematics.js";
import { bowOf, handHigher, heldAt, relaxation } from "./violin_bow.js";
import { elbowPole, heldPalm, holdOf, takenAway } from "./violin_bow_hold.js";
import { onString } from "./violin_playing.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./body.js").Body} Body
 * @typedef {import("./body.js").Trunk} Trunk
 * @typedef {import("./violin_posture.js").Posture} Posture
 */

const v = { ...violinPlaying, ...violinBow, ...violinBowHold, ...violinBowArm };

/**
 * Where the string that is plucked is plucked.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
const plucked = (button, axes, { string }) =>
  onString(button, axes, string, v.BRIDGE + violinWays.STRING_LENGTH - v.PLUCKS_AT, 0);

/**
 * Where the hand holds the bow: the wrist, the palm's directions, from the wrist to the middle finger's knuckle, where
 * the tip points, up from the stick, how far the arm is lowered.
 * @param {Body} body
 * @param {Trunk} trunk
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
function bowHand(body, trunk, button, axes, posture) {
  const bow = bowOf(button, axes, posture);
  const [above, held] = heldAt(trunk, axes, bow);
  const { pluck } = posture;
  const away = takenAway(trunk, held, times(-1, bow[0]), above, relaxation(posture), pluck);
  const { grip, way, over, up, rest } = away;
  const raised = within((v.WRIST_SHARE * handHigher(posture)) / v.PALM, -v.WRIST_MOST, v.WRIST_MOST);
  const palm = heldPalm(way, over, holdOf(posture, raised, up, rest));
  const toKnuckle = times(body.hand, mixed(hands.ROOTS[2], palm));
  const playing = minus(plus(plus(grip, v.KNUCKLE_OVER, over), -v.KNUCKLE_BEHIND, palm[0]), toKnuckle);
  const knuckle = plus(plucked(button, axes, posture), 1, mixed(v.KNUCKLE, palm));
  const plucking = plus(knuckle, -body.hand, mixed(hands.ROOTS[1], palm));
  const wrist = plus(times(1 - pluck, playing), pluck, plucking);
  return { wrist, palm, toKnuckle, way, over, rest };
}

/**
 * Right elbow, wrist and hand, and the bow in it: its frog, where its tip is, up from it. The upper arm follows with
 * the level, hand and forearm go first.
 * @param {Body} body
 * @param {Trunk} trunk
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
export function bowArm(body, trunk, button, axes, posture) {
  const { palm, over, way, rest, toKnuckle, wrist: target } = bowHand(body, trunk, button, axes, posture);
  const shoulder = trunk.rightShoulder;
  const its = bowHand(body, trunk, button, axes, { ...posture, string: posture.level });
  const pointed = elbowPole(trunk, posture, rest);
  const pole = minus(bentArm(shoulder, its.wrist, body.upper_arm, body.forearm, pointed)[0], shoulder);
  const [elbow, wrist] = bentArm(shoulder, target, body.upper_arm, body.forearm, pole);
  // where the arm did not reach, the bow follows it
  const grip = plus(plus(plus(wrist, -v.KNUCKLE_OVER, over), v.KNUCKLE_BEHIND, palm[0]), 1, toKnuckle);
  const tips = v.BOW_GRIP.map((/** @type {[number, number]} */ [a, b]) =>
    plus(plus(plus(grip, -a, way), b, over), v.FINGERS_ON, palm[0]),
  );
  const above = plus(plucked(button, axes, posture), v.PLUCKS_FROM * (1 - posture.dip), axes[1]);
  tips[1] = plus(times(1 - posture.pluck, tips[1]), posture.pluck, above);
  const held = plus(plus(grip, v.GRIP_ALONG, way), -v.GRIP_OVER, over);
  return {
    elbow,
    wrist,
    hand: handJoints(wrist, palm, tips, body.hand, palm[2]),
    held,
    toTip: way,
    upwards: over,
  };
}
