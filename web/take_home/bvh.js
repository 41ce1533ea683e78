/** A performance as BVH: one root, angles in degrees, centimetres (`avatar/bvh.py`). */

import { rates } from "../generated/constants.js";
import { axesOf } from "../geometry/quaternions.js";
import { AT, SIZE } from "../musician/packing.js";

const SCALE = 100; // cm
const CHANNELS = "Zrotation Xrotation Yrotation";

/**
 * @param {import("../stage/frames.js").Frames} frames
 * @param {typeof import("../generated/constants.js").followers["violin"]} rig  who plays
 * @returns {Blob}
 */
export function motionBvh(frames, rig) {
  /** @type {number[]} */
  const order = [];
  const lines = ["HIERARCHY"];
  const add = (/** @type {number} */ bone, /** @type {number} */ depth) => {
    const pad = "\t".repeat(depth);
    order.push(bone);
    const offset = bone ? rig.offsets[rig.names[bone]] : [0, 0, 0];
    lines.push(`${pad}${bone ? "JOINT" : "ROOT"} ${rig.names[bone]}`, `${pad}{`);
    lines.push(`${pad}\tOFFSET ${offset.map((/** @type {number} */ v) => (v * SCALE).toFixed(5)).join(" ")}`);
    lines.push(`${pad}\tCHANNELS ${bone ? 3 : 6} ${bone ? "" : "Xposition Yposition Zposition "}${CHANNELS}`);
    const children = rig.parents.flatMap((/** @type {number} */ parent, /** @type {number} */ i) =>
      parent === bone ? [i] : [],
    );
    for (const child of children) add(child, depth + 1);
    if (!children.length) {
      const tip = rig.tips[bone].map((/** @type {number} */ v, /** @type {number} */ k) =>
        ((v - rig.rest[bone][k]) * SCALE).toFixed(5),
      );
      lines.push(`${pad}\tEnd Site`, `${pad}\t{`, `${pad}\t\tOFFSET ${tip.join(" ")}`, `${pad}\t}`);
    }
    lines.push(`${pad}}`);
  };
  add(0, 0);
  lines.push("MOTION", `Frames: ${frames.count}`, `Frame Time: ${(1 / rates.VIDEO_FPS).toFixed(9)}`);
  /** @type {number[][]} */
  const before = order.map(() => [0, 0, 0]);
  for (let frame = 0; frame < frames.count; frame++) {
    const row = frames.numbers.subarray(frame * SIZE, (frame + 1) * SIZE);
    const numbers = [0, 1, 2].map((k) => (row[AT.root + k] * SCALE).toFixed(4));
    order.forEach((bone, i) => {
      const at = AT.bones + 4 * bone;
      before[i] = anglesOf([row[at], row[at + 1], row[at + 2], row[at + 3]], before[i]);
      numbers.push(...before[i].map((angle) => ((angle * 180) / Math.PI).toFixed(4)));
    });
    lines.push(numbers.join(" "));
  }
  return new Blob([lines.join("\n"), "\n"], { type: "text/plain" });
}

/**
 * Angles about z, x, y; of the two descriptions of a turn the one near the last frame's.
 * @param {[number, number, number, number]} q
 * @param {number[]} last
 */
function anglesOf(q, last) {
  const [x, y, z] = axesOf(q); // columns of the matrix
  const own = [Math.atan2(-y[0], y[1]), Math.asin(Math.min(Math.max(y[2], -1), 1)), Math.atan2(-x[2], z[2])];
  const near = (/** @type {number[]} */ angles) =>
    angles.map((angle, i) => angle - 2 * Math.PI * Math.round((angle - last[i]) / (2 * Math.PI)));
  const [one, other] = [near(own), near([own[0] + Math.PI, Math.PI - own[1], own[2] + Math.PI])];
  const far = (/** @type {number[]} */ angles) =>
    angles.reduce((sum, angle, i) => sum + Math.abs(angle - last[i]), 0);
  return far(other) < far(one) ? other : one;
}
