/**
 * A frame as numbers in a row, so that many of them cross from the worker to the page without being copied.
 *
 * Hips, local rotations of all bones, violin and bow (place and turn), keys, how far the bow was lifted onto the string,
 * joints in the player's room. What the musician gave can be had back of it, for figures of other proportions.
 */

import { followers } from "../generated/constants.js";
import { turned } from "../geometry/quaternions.js";
import { plus } from "../geometry/vectors.js";

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
  lift: 3 + 4 * BONES + 7 * PROPS.length + KEYS,
  joints: 4 + 4 * BONES + 7 * PROPS.length + KEYS,
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
  into[AT.lift] = pose.lift;
  if (before) continueSigns(into, before);
}

/**
 * What the musician gave, of what was packed of it.
 * @param {Float32Array} row
 * @param {"violin" | "piano"} instrument
 * @returns {Frame}
 */
export function unpacked(row, instrument) {
  const { origin } = followers[instrument];
  /** @type {(at: number) => import("../geometry/vectors.js").Vector} */
  const place = (at) => [row[at], row[at + 1], row[at + 2]];
  /** @type {Frame["props"]} */
  const props = {};
  if (instrument === "violin")
    PROPS.forEach((name, i) => {
      const at = AT.props + 7 * i;
      props[name] = {
        place: plus(place(at), -1, origin),
        turn: [row[at + 3], row[at + 4], row[at + 5], row[at + 6]],
      };
    });
  if (props.bow) props.bow.place = plus(props.bow.place, -row[AT.lift], turned(props.violin.turn, [0, 1, 0]));
  return {
    joints: Array.from({ length: JOINTS }, (_, i) => place(AT.joints + 3 * i)),
    props,
    keys: Float64Array.from(row.subarray(AT.keys, AT.keys + KEYS)),
  };
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
