/**
 * A frame as numbers in a row, so that many of them cross from the worker to the page without being copied.
 *
 * Hips, local rotations of all bones, violin and bow (place and turn), keys, joints in the player's room.
 */

import { followers } from "../generated/constants.js";

/**
 * @typedef {import("./frame.js").Frame} Frame
 * @typedef {import("../figure/follower.js").Pose} Pose
 */

export const JOINTS = 50;
export const KEYS = 88;
export const BONES = followers.violin.names.length;
export const PROPS = /** @type {const} */ (["violin", "bow"]);
export const AT = {
  root: 0,
  bones: 3,
  props: 3 + 4 * BONES,
  keys: 3 + 4 * BONES + 7 * PROPS.length,
  joints: 3 + 4 * BONES + 7 * PROPS.length + KEYS,
};
export const SIZE = AT.joints + 3 * JOINTS;

/**
 * @param {Frame} frame
 * @param {Pose} pose
 * @param {string[]} names  of the bones
 * @param {Float32Array} into  SIZE numbers
 * @param {Float32Array | null} before  the frame before, whose rotations' signs go on
 */
export function pack(frame, pose, names, into, before) {
  into.set(pose.root, AT.root);
  names.forEach((name, i) => {
    const turn = pose.rotations[name] ?? [0, 0, 0, 1];
    into.set(turn, AT.bones + 4 * i);
  });
  PROPS.forEach((name, i) => {
    const prop = pose.props[name];
    if (!prop) return;
    into.set(prop.place, AT.props + 7 * i);
    into.set(prop.turn, AT.props + 7 * i + 3);
  });
  if (pose.keys) into.set(pose.keys, AT.keys);
  frame.joints.forEach((joint, i) => into.set(joint, AT.joints + 3 * i));
  if (before) continueSigns(into, before);
}

/**
 * @param {Float32Array} into
 * @param {Float32Array} before
 */
function continueSigns(into, before) {
  const turns = [];
  for (let i = 0; i < BONES; i++) turns.push(AT.bones + 4 * i);
  for (let i = 0; i < PROPS.length; i++) turns.push(AT.props + 7 * i + 3);
  for (const at of turns) {
    let dot = 0;
    for (let k = 0; k < 4; k++) dot += into[at + k] * before[at + k];
    if (dot < 0) for (let k = 0; k < 4; k++) into[at + k] *= -1;
  }
}
