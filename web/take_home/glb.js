/** A performance as GLB: what is seen, with an animation of bones, instrument and keys. */

import * as THREE from "three";
import { GLTFExporter } from "three/addons/exporters/GLTFExporter.js";
import { followers, pianoModel, rates } from "../generated/constants.js";
import { AT, KEYS, PROPS, SIZE } from "../musician/packing.js";

/**
 * @param {import("../stage/frames.js").Frames} frames
 * @param {"violin" | "piano"} instrument
 * @param {THREE.Object3D} object  the figure's
 * @returns {Promise<Blob>}
 */
export async function motionGlb(frames, instrument, object) {
  const times = Float32Array.from({ length: frames.count }, (_, i) => i / rates.VIDEO_FPS);
  /** @type {(at: number, width: number) => Float32Array} */
  const column = (at, width) => {
    const values = new Float32Array(frames.count * width);
    for (let i = 0; i < frames.count; i++)
      values.set(frames.numbers.subarray(i * SIZE + at, i * SIZE + at + width), i * width);
    return values;
  };
  const tracks = [new THREE.VectorKeyframeTrack("hips.position", times, column(AT.root, 3))];
  followers[instrument].names.forEach((/** @type {string} */ name, /** @type {number} */ i) =>
    tracks.push(new THREE.QuaternionKeyframeTrack(`${name}.quaternion`, times, column(AT.bones + 4 * i, 4))),
  );
  PROPS.forEach((name, i) => {
    if (!object.getObjectByName(name)) return;
    tracks.push(new THREE.VectorKeyframeTrack(`${name}.position`, times, column(AT.props + 7 * i, 3)));
    tracks.push(
      new THREE.QuaternionKeyframeTrack(`${name}.quaternion`, times, column(AT.props + 7 * i + 3, 4)),
    );
  });
  const turn = new THREE.Quaternion();
  const axis = new THREE.Vector3(-1, 0, 0);
  for (let key = 0; key < KEYS; key++) {
    const node = object.getObjectByName(`key_${key + 21}`);
    const dips = column(AT.keys + key, 1);
    if (!node || dips.every((dip) => dip === 0)) continue;
    const turns = new Float32Array(4 * frames.count);
    dips.forEach((dip, i) =>
      turn.setFromAxisAngle(axis, Math.atan2(dip, pianoModel.PIVOT)).toArray(turns, 4 * i),
    );
    tracks.push(new THREE.QuaternionKeyframeTrack(`key_${key + 21}.quaternion`, times, turns));
  }
  const clip = new THREE.AnimationClip("recital", frames.count / rates.VIDEO_FPS, tracks);
  const data = await new GLTFExporter().parseAsync(object, { binary: true, animations: [clip] });
  return new Blob([/** @type {ArrayBuffer} */ (data)], { type: "model/gltf-binary" });
}
