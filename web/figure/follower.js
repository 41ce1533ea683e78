/** The figure posed on a musician who is known in metres (`avatar/retargeting/following.py`). */

import { bodyLegs, bodyLimits, bodySpine as s, followers } from "../generated/constants.js";
import { about, limited, ofAxes, opposite, product, SAME, share, turned } from "../geometry/quaternions.js";
import {
  across,
  cross,
  dot,
  length,
  minus,
  plus,
  radians,
  times,
  unit,
  within,
} from "../geometry/vectors.js";
import { bentArm } from "../musician/kinematics.js";
import { armRotations, forearmAndHand, girdleTo, palmOf } from "./arms.js";
import { fingerTo, lacking } from "./fingers.js";
import { hairOffStrings } from "./strings.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/quaternions.js").Quaternion} Quaternion
 * @typedef {import("../musician/frame.js").Frame} Frame
 * @typedef {import("../musician/frame.js").Prop} Prop
 * @typedef {object} Pose  in the avatar's room, metres
 * @property {Vector} root  the hips
 * @property {Record<string, Quaternion>} rotations  local, by bone
 * @property {Record<string, Prop>} props
 * @property {Float64Array | null} keys
 * @property {number} lift  metres off the violin's top by which bow and right hand were brought onto the string
 */

/** @type {Vector} */
const X = [1, 0, 0];
/** @type {Vector} */
const Y = [0, 1, 0];
/** @type {Vector} */
const Z = [0, 0, 1];
const SIDES = /** @type {const} */ (["left", "right"]);
const HAND_AT = [8, 29]; // of the layout: where the left and the right hand's points begin
const JOINT = { nose: 0, rightShoulder: 2, rightElbow: 3, leftShoulder: 5, leftElbow: 6 };

/** Poses the figure, each frame by itself. */
export class Follower {
  /**
   * @param {"violin" | "piano"} instrument
   * @param {import("./rig_tables.js").Rig} [rig]  of other proportions than the player's (`rig_tables.js`)
   */
  constructor(instrument, rig = followers[instrument]) {
    this.rig = rig;
  }

  /**
   * @param {Frame} frame
   * @returns {Pose}
   */
  pose(frame) {
    const { rig } = this;
    const joints = frame.joints.map((joint) => plus(joint, 1, rig.origin));
    const { root, local, chest, girdle } = this.trunk(joints);
    /** @type {Record<string, Prop>} */
    const props = {};
    for (const [name, { place, turn }] of Object.entries(frame.props))
      if (name !== "keyboard") props[name] = { place: plus(place, 1, rig.origin), turn };
    /** @type {Vector} */
    let shift = [0, 0, 0];
    let lift = 0;
    if (props.violin) {
      lift = -hairOffStrings(props.violin, props.bow);
      shift = times(lift, turned(props.violin.turn, Y));
      props.bow = { place: plus(props.bow.place, 1, shift), turn: props.bow.turn };
    }
    SIDES.forEach((name, side) =>
      this.arm(side, name, joints, side ? shift : null, chest, girdle[side], local),
    );
    this.legs(root, local);
    return { root, rotations: local, props, keys: frame.keys, lift };
  }

  /**
   * The hips, local rotations of spine and head, the chest's turn, the ends of both collar bones.
   * @param {Vector[]} joints
   */
  trunk(joints) {
    const { rig } = this;
    const [left, right] = [joints[JOINT.leftShoulder], joints[JOINT.rightShoulder]];
    const seen = times(0.5, plus(left, 1, right));
    const middle = plus(seen, 1, rig.closer);
    const x = unit(minus(left, right));
    const up = across(minus(middle, rig.hips), x);
    const z = cross(x, up);
    const turn = limited(product(ofAxes(x, up, z), rig.upright), rig.largestBend);
    /** @type {Record<string, Quaternion>} */
    const local = {};
    for (const [name, part] of Object.entries(s.SPINE_SHARES)) local[name] = share(turn, part);
    const [chest, ends] = this.collarBones(local);
    const root = minus(middle, times(0.5, plus(ends[0][1], 1, ends[1][1])));
    const girdle = ends.map(([inner, outer]) => [plus(inner, 1, root), plus(outer, 1, root)]);
    const nose = minus(joints[JOINT.nose], seen);
    let [aside] = [dot(nose, x)];
    const [height, ahead] = [dot(nose, up), dot(nose, z)];
    if (rig.underJaw) aside -= Math.tan(rig.leaning) * height;
    const look = within(Math.atan2(aside, ahead), -s.LARGEST_HEAD_TURN, s.LARGEST_HEAD_TURN);
    const nod = rig.noseUpright - Math.atan2(height, Math.hypot(aside, ahead));
    this.head(look, nod, local);
    return { root, local, chest, girdle };
  }

  /**
   * @param {Record<string, Quaternion>} local
   * @returns {[Quaternion, [Vector, Vector][]]}
   */
  collarBones(local) {
    const { offsets } = this.rig;
    /** @type {Vector} */
    let place = [0, 0, 0];
    let chest = SAME;
    for (const name of Object.keys(s.SPINE_SHARES)) {
      place = plus(place, 1, turned(chest, offsets[name]));
      chest = product(chest, local[name]);
    }
    return [
      chest,
      SIDES.map((side) => {
        const inner = plus(place, 1, turned(chest, offsets[`${side}Shoulder`]));
        return [inner, plus(inner, 1, turned(chest, offsets[`${side}UpperArm`]))];
      }),
    ];
  }

  /**
   * Neck and head share a turn, a nod and a tilt, onto the instrument where it is under the jaw.
   * @param {number} look
   * @param {number} nod
   * @param {Record<string, Quaternion>} local
   */
  head(look, nod, local) {
    let [turn, down, tilt] = [look, within(nod, -s.LARGEST_NOD, s.LARGEST_NOD), 0.15 * look];
    if (this.rig.underJaw)
      [turn, down, tilt] = [within(look, 0.55, 0.9), within(nod, 0.12, 0.36), radians(16)];
    for (const [name, part] of /** @type {[string, number][]} */ ([
      ["neck", 1 - s.SHOULDERS_TO_HEAD],
      ["head", s.SHOULDERS_TO_HEAD],
    ]))
      local[name] = product(about(Y, turn * part), product(about(X, down * part), about(Z, -tilt * part)));
  }

  /**
   * Local rotations of an arm whose elbow is known, its hand and fingers.
   * @param {number} side
   * @param {"left" | "right"} name
   * @param {Vector[]} joints
   * @param {Vector | null} shift  that the hand goes with what it holds
   * @param {Quaternion} chest
   * @param {Vector[]} ends  of the collar bone
   * @param {Record<string, Quaternion>} local
   */
  arm(side, name, joints, shift, chest, [inner, outer], local) {
    const { rig } = this;
    const sign = side ? -1 : 1;
    const first = HAND_AT[side];
    const palm = palmOf(joints, first, rig.palmOfRoots, sign);
    let wanted = joints[first];
    if (shift) wanted = plus(wanted, 1, shift);
    const aside = rig.aside[side];
    for (let i = 0; i < 3; i++) wanted = plus(wanted, aside[i], palm[i]);
    if (rig.foreign) {
      const tips = this.tips(joints, side, shift, wanted, palm);
      const gone = lacking(rig.fingers, side, tips, rig.led[side]);
      for (let i = 0; i < 3; i++) wanted = plus(wanted, gone[i], palm[i]);
    }
    const [upper, lower] = rig.arm[side];
    const shoulderAt = joints[side ? JOINT.rightShoulder : JOINT.leftShoulder];
    const pole = minus(joints[side ? JOINT.rightElbow : JOINT.leftElbow], shoulderAt);
    const [turn, shoulder] = girdleTo(inner, outer, wanted, upper + lower);
    const { arm, forearm: bare, wrist } = armRotations(shoulder, wanted, upper, lower, pole, sign);
    const [forearm, hand] = forearmAndHand(
      bare,
      ofAxes(times(sign, palm[0]), palm[2], palm[1]),
      rig.turned[side],
    );
    const collar = product(turn, chest);
    local[`${name}Shoulder`] = product(opposite(chest), collar);
    local[`${name}UpperArm`] = limited(product(opposite(collar), arm), radians(bodyLimits.SWING.UpperArm));
    local[`${name}LowerArm`] = limited(product(opposite(arm), forearm), radians(bodyLimits.SWING.LowerArm));
    local[`${name}Hand`] = hand;
    this.fingers(side, joints, shift, wrist, product(forearm, hand), local);
  }

  /**
   * Where fingertips are, from a wrist in a palm's directions, thumb first.
   * @param {Vector[]} joints
   * @param {number} side
   * @param {Vector | null} shift
   * @param {Vector} wrist
   * @param {Vector[]} palm
   * @returns {Vector[]}
   */
  tips(joints, side, shift, wrist, palm) {
    /** @type {Vector[]} */
    const found = [];
    for (let finger = 0; finger < 5; finger++) {
      let tip = minus(joints[HAND_AT[side] + 4 * finger + 4], wrist);
      if (shift) tip = plus(tip, 1, shift);
      found.push([dot(palm[0], tip), dot(palm[1], tip), dot(palm[2], tip)]);
    }
    return found;
  }

  /**
   * Fingers to their places.
   * @param {number} side
   * @param {Vector[]} joints
   * @param {Vector | null} shift
   * @param {Vector} wrist
   * @param {Quaternion} turn  of the hand in the room
   * @param {Record<string, Quaternion>} local
   */
  fingers(side, joints, shift, wrist, turn, local) {
    const palm = [turned(turn, [side ? -1 : 1, 0, 0]), turned(turn, Z), turned(turn, Y)];
    this.tips(joints, side, shift, wrist, palm).forEach((tip, finger) => {
      const bones = fingerTo(this.rig.fingers, side, finger, tip);
      this.rig.fingerBones[side][finger].forEach(
        (/** @type {string} */ bone, /** @type {number} */ i) => (local[bone] = bones[i]),
      );
    });
  }

  /**
   * Legs between hips that move and feet that do not.
   * @param {Vector} root
   * @param {Record<string, Quaternion>} local
   */
  legs(root, local) {
    const { legs } = this.rig;
    SIDES.forEach((side, i) => {
      const sign = i ? -1 : 1;
      const joint = plus(root, 1, legs.joints[i]);
      const [knee, end] = bentArm(joint, legs.ankles[i], legs.thigh, legs.shin, [
        sign * legs.outward,
        0.15,
        1,
      ]);
      const [thigh, shin] = [unit(minus(knee, joint)), unit(minus(end, knee))];
      let axis = cross(shin, thigh);
      if (length(axis) < 0.05) axis = X;
      const upper = product(hanging(thigh, axis), legs.straight[i][0]);
      const lower = product(hanging(shin, axis), legs.straight[i][1]);
      local[`${side}UpperLeg`] = upper;
      local[`${side}LowerLeg`] = product(opposite(upper), lower);
      local[`${side}Foot`] = product(opposite(lower), about(Y, sign * bodyLegs.OUTWARDS));
    });
  }
}

/**
 * Rotation of a bone that rests downwards and bends about x.
 * @param {Vector} direction
 * @param {Vector} hinge
 */
function hanging(direction, hinge) {
  const side = across(times(-1, hinge), direction);
  return ofAxes(side, times(-1, direction), cross(direction, side));
}
