/** A violinist's posture and what follows from it: joints in metres (`musician/violin_posture.py`). */

import { across, cross, plus, times } from "../geometry/vectors.js";
import { Trunk } from "./body.js";
import { bowArm } from "./violin_bow_arm.js";
import { leftArm } from "./violin_left_arm.js";

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
