/** A violinist's posture and what follows from it: joints in metres (`musician/violin_posture.py`). */

import { bowing, hands, violinBowArm, violinPlaying, violinWays } from "../generated/constants.js";
import { Course, across, cross, dot, minus, mixed, plus, times, unit, within } from "../geometry/vectors.js";
import { Trunk } from "./body.js";
import { handJoints } from "./hands.js";
import { bentArm, smoothstep } from "./kinematics.js";
import { leftArm } from "./violin_left_arm.js";
import { onString } from "./violin_playing.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./body.js").Body} Body
 * @typedef {Record<"yaw"|"pitch"|"roll"|"rise"|"slope"|"heading"|"tilt"|"turn"|"nod"|"lean"|"position"|"lift"|"string"
 *   |"level"|"place"|"left_string"|"vibrato"|"pluck"|"dip"
 *   |"contact"|"skew", number> & Record<"down"|"over"|"reach", number[]>} Posture
 * @typedef {{joints: Vector[], button: Vector, scroll: Vector, normal: Vector, held: Vector, toTip: Vector,
 *   upwards: Vector}}
 *   PosedViolinist  metres about the hips; joints in the order of the layout
 */

const { sin, cos } = Math;
const v = { ...violinPlaying, ...violinBowArm };
const { BOW_LENGTH } = bowing;
const { STRING_LENGTH } = violinWays;
const bowTilt = new Course([0, 1, 2, 3], v.STRING_TILT);
/** @type {[Vector, Vector]} */
const [elbowLow, elbowRaised] = [
  [-0.5, -0.85, 0],
  [-0.3, 0.5, 0.4],
];
const elbowRaise = new Course([0, 3], [1, 0]);

/**
 * Joints, bow and violin of a posture.
 * @param {Body} body
 * @param {Posture} posture
 * @returns {PosedViolinist}
 */
export function poseViolinist(body, posture) {
  const trunk = new Trunk(body, posture.yaw, posture.pitch, posture.roll, posture.rise);
  const axes = violinAxes(trunk, posture);
  const button = trunk.place([0.3 * body.shoulders, 0.035, 0.055]);
  const right = bowArm(body, trunk, button, axes, posture);
  const left = leftArm(body, trunk, button, axes, posture);
  const upper = [
    trunk.place(nose(body, posture)),
    trunk.neck,
    trunk.rightShoulder,
    right.elbow,
    right.wrist,
    trunk.leftShoulder,
    left.elbow,
    left.wrist,
  ];
  return {
    joints: [...upper, ...left.hand, ...right.hand],
    button,
    scroll: plus(button, 0.59, axes[0]),
    normal: axes[1],
    held: right.held,
    toTip: right.toTip,
    upwards: right.upwards,
  };
}

/**
 * Directions of the violin: towards the scroll, up from its top, and to the right from the G to the E string.
 * @param {Trunk} trunk
 * @param {Posture} posture
 * @returns {Matrix}
 */
function violinAxes(trunk, { slope, heading, tilt }) {
  const level = cos(slope);
  const along = trunk.along([sin(heading) * level, sin(slope), cos(heading) * level]);
  const up = across(trunk.up, along);
  const normal = plus(times(cos(tilt), up), sin(tilt), cross(along, up));
  return [along, normal, cross(along, normal)];
}

/**
 * Where the string that is plucked is plucked.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
const plucked = (button, axes, { string }) =>
  onString(button, axes, string, v.BRIDGE + STRING_LENGTH - v.PLUCKS_AT, 0);

/**
 * Angle of the bow against the violin's own plane: where strings are crossed, no more than it takes.
 * @param {Posture} posture
 * @returns {number}
 */
function bowTiltOf({ string, level }) {
  return bowTilt.at(string + within(level - string, -v.NEARER, v.NEARER));
}

/**
 * Direction of the hair from tip to frog, and the frog's end of the hair.
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 * @returns {[Vector, Vector]}
 */
function bow(button, [along, normal, right], posture) {
  const { string, lift, position, contact, skew } = posture;
  const share = contact / (STRING_LENGTH - v.BOWED_POINT); // of the way to the nut, to which strings come together
  const side = (string - 1.5) * (v.STRING_GAPS[1] + share * (v.STRING_GAPS[0] - v.STRING_GAPS[1]));
  const arch = (v.STRING_ARCH * (string - 1.5) ** 2) / 2.25;
  const height = v.STRING_HEIGHT - arch * (1 - share) - share * v.STRING_FALL;
  const place = plus(button, v.BRIDGE + v.BOWED_POINT + contact, along);
  const tilt = bowTiltOf(posture);
  const square = plus(times(cos(tilt), right), sin(tilt), normal);
  const hair = plus(times(cos(skew), square), sin(skew), along);
  const raised = plus(plus(plus(place, side, right), height, normal), 0.05 * Math.min(lift, 0.5), normal);
  return [hair, plus(raised, position * BOW_LENGTH, hair)];
}

/**
 * A vector turned as the shortest turn takes one unit vector to another that is not its opposite.
 * @param {Vector} vector
 * @param {Vector} start
 * @param {Vector} end
 * @returns {Vector}
 */
function turned(vector, start, end) {
  const both = plus(start, 1, end);
  const share = dot(both, vector) / (1 + dot(start, end));
  return plus(plus(vector, -share, both), 2 * dot(start, vector), end);
}

/**
 * @param {Vector} start
 * @param {number} share
 * @param {Vector} end
 */
const between = (start, share, end) => unit(plus(times(1 - share, start), share, end));

/**
 * Where the hand holds the bow: the wrist, the palm's directions, from the tip to the frog, up from the stick, how far
 * the arm is lowered. A bow that leaves the strings is turned up and then hangs at the player's side.
 * @param {Body} body
 * @param {Trunk} trunk
 * @param {Vector} button
 * @param {Matrix} axes
 * @param {Posture} posture
 */
function bowHand(body, trunk, button, axes, posture) {
  const [along] = axes;
  const [hair, frog] = bow(button, axes, posture);
  let over = across(cross(hair, along), hair); // up from the stick
  over = times(Math.sign(dot(over, trunk.up)), over);
  let grip = plus(plus(frog, v.GRIP_ALONG, hair), v.GRIP_OVER, over);
  const relaxed = within(posture.lift * 1.6 - 0.5, 0, 1);
  const higher = (bowTiltOf(posture) - bowTilt.at(posture.level)) * posture.position * BOW_LENGTH;
  const bent = within((v.WRIST_SHARE * higher) / v.PALM, -v.WRIST_MOST, v.WRIST_MOST);
  const dip = 0.62 - 0.42 * posture.position - bent;
  const forward = unit(plus(plus(times(0.75, along), -0.3, hair), -dip, over));
  const thumbSide = across(times(-1, hair), forward);
  let back = cross(forward, thumbSide);
  back = times(Math.sign(dot(back, over)), back);
  const rest = smoothstep(1.5 * relaxed - 0.5);
  let up = smoothstep(1.5 * relaxed);
  up += (1 - up) * posture.pluck;
  const before = times(-1, hair);
  const upright = unit(trunk.along(v.UPRIGHT));
  const raised = between(before, up, upright);
  const way = between(upright, rest, trunk.along(v.HANGING));
  const [toTip, above, ...palm] = [before, over, forward, thumbSide, back].map((vector) =>
    turned(turned(vector, before, raised), upright, way),
  );
  grip = plus(grip, up, trunk.along(v.OUT));
  const hangs = plus(trunk.rightShoulder, 1, trunk.along(v.HANGS));
  grip = plus(times(1 - rest, grip), rest, hangs);
  grip = plus(grip, 4 * rest * (1 - rest) * v.FORTH, trunk.along([0, 0, 1]));
  const middleRoot = mixed(times(body.hand, hands.ROOTS[2]), /** @type {Matrix} */ (palm));
  const playing = minus(plus(plus(grip, 0.03, above), -0.012, palm[0]), middleRoot);
  const knuckle = plus(plucked(button, axes, posture), 1, mixed(v.KNUCKLE, /** @type {Matrix} */ (palm)));
  const plucking = plus(knuckle, -body.hand, mixed(hands.ROOTS[1], /** @type {Matrix} */ (palm)));
  return {
    wrist: plus(times(1 - posture.pluck, playing), posture.pluck, plucking),
    palm: /** @type {Matrix} */ (palm),
    forward: palm[0],
    hair: times(-1, toTip),
    over: above,
    middleRoot,
    rest,
  };
}

/**
 * The hand as it turns on the bow about its knuckles, so that forearm and palm are nearly one line.
 * @param {ReturnType<typeof bowHand>} hand
 * @param {Vector} elbow
 * @param {number} size
 * @returns {ReturnType<typeof bowHand>}
 */
function turnedHand(hand, elbow, size) {
  const knuckle = plus(hand.wrist, 1, hand.middleRoot);
  const straight = unit(minus(knuckle, elbow));
  const forward = unit(plus(straight, v.BENT, plus(hand.forward, -dot(hand.forward, straight), straight)));
  const thumbSide = across(times(-1, hand.hair), forward);
  const palm = /** @type {Matrix} */ ([forward, thumbSide, cross(forward, thumbSide)]);
  const middleRoot = mixed(times(size, hands.ROOTS[2]), palm);
  return { ...hand, wrist: minus(knuckle, middleRoot), palm, middleRoot };
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
function bowArm(body, trunk, button, axes, posture) {
  const asHeld = bowHand(body, trunk, button, axes, posture);
  const shoulder = trunk.rightShoulder;
  const slower = { ...posture, string: posture.level };
  const its = bowHand(body, trunk, button, axes, slower);
  const raise = elbowRaise.at(posture.level) * (1 - asHeld.rest);
  const low = plus(trunk.along(elbowLow), raise, trunk.along(elbowRaised));
  const pole = minus(bentArm(shoulder, its.wrist, body.upper_arm, body.forearm, low)[0], shoulder);
  const unturned = bentArm(shoulder, asHeld.wrist, body.upper_arm, body.forearm, pole)[0];
  const hand = turnedHand(asHeld, unturned, body.hand);
  const { palm, over, forward } = hand;
  const [elbow, wrist] = bentArm(shoulder, hand.wrist, body.upper_arm, body.forearm, pole);
  // where the arm did not reach, the bow follows it
  const grip = plus(plus(plus(wrist, -0.03, over), 0.012, forward), 1, hand.middleRoot);
  const tips = v.BOW_GRIP.map((/** @type {[number, number]} */ [a, b]) =>
    plus(plus(plus(grip, a, hand.hair), b, over), 0.012, forward),
  );
  const above = plus(plucked(button, axes, posture), v.PLUCKS_FROM * (1 - posture.dip), axes[1]);
  tips[1] = plus(times(1 - posture.pluck, tips[1]), posture.pluck, above);
  const held = plus(plus(grip, -v.GRIP_ALONG, hand.hair), -v.GRIP_OVER, over);
  const fingers = handJoints(wrist, palm, tips, body.hand, palm[2]);
  return { elbow, wrist, hand: fingers, held, toTip: times(-1, hand.hair), upwards: over };
}

/**
 * The nose from the neck, in the chest's directions: head turned left, chin on the violin.
 * @param {Body} body
 * @param {Posture} posture
 * @returns {Vector}
 */
function nose(body, { turn, nod, lean }) {
  const [, height, depth] = body.nose;
  const forward = depth * cos(nod) + height * sin(nod) * 0.5;
  const up = height * cos(nod) - depth * sin(nod);
  return [forward * sin(turn) + up * sin(lean), up * cos(lean), forward * cos(turn)];
}
