/** A performance as GLB: what is seen, with an animation of bones, instrument and keys. */

import * as THREE from "three";
import { GLTFExporter } from "three/addons/exporters/GLTFExporter.js";
import { pianoModel, rates } from "../generated/constants.js";
import { AT, KEYS, PROPS, SIZE } from "../musician/packing.js";

/**
 * @typedef {import("../stage/frames.js").Frames} Frames
 * @typedef {import("./performer.js").Performer} Performer
 */

/**
 * @param {Frames} frames
 * @param {Performer} performer
 * @param {(share: number) => void} [told]
 * @returns {Promise<Blob>}
 */
export async function motionGlb(frames, performer, told) {
  const own = performer.own && new NodeTracks(performer, frames.count);
  const played = await performer.played(frames, { posed: () => own?.take(), told });
  const times = Float32Array.from({ length: played.count }, (_, i) => i / rates.VIDEO_FPS);
  const tracks = [
    ...(own ? own.tracks(times) : bodyTracks(played, performer, times)),
    ...thingTracks(played, performer.object, times),
  ];
  const clip = new THREE.AnimationClip("recital", played.count / rates.VIDEO_FPS, tracks);
  const data = await new GLTFExporter().parseAsync(performer.object, { binary: true, animations: [clip] });
  return new Blob([/** @type {ArrayBuffer} */ (data)], { type: "model/gltf-binary" });
}

/**
 * A part of every frame.
 * @param {Frames} frames
 * @param {number} at
 * @param {number} width
 */
function column(frames, at, width) {
  const values = new Float32Array(frames.count * width);
  for (let i = 0; i < frames.count; i++)
    values.set(frames.numbers.subarray(i * SIZE + at, i * SIZE + at + width), i * width);
  return values;
}

/**
 * The mannequin's bones.
 * @param {Frames} frames
 * @param {Performer} performer
 * @param {Float32Array} times
 */
function bodyTracks(frames, { rig }, times) {
  return [
    new THREE.VectorKeyframeTrack("hips.position", times, column(frames, AT.root, 3)),
    ...rig.names.map(
      (/** @type {string} */ name, /** @type {number} */ i) =>
        new THREE.QuaternionKeyframeTrack(`${name}.quaternion`, times, column(frames, AT.bones + 4 * i, 4)),
    ),
  ];
}

/**
 * The instrument and the keys.
 * @param {Frames} frames
 * @param {THREE.Object3D} object
 * @param {Float32Array} times
 */
function thingTracks(frames, object, times) {
  const things = new Map(object.children.flatMap((part) => named(part)));
  /** @type {THREE.KeyframeTrack[]} */
  const tracks = [];
  PROPS.forEach((name, i) => {
    const node = things.get(name);
    if (!node) return;
    const at = AT.props + 7 * i;
    tracks.push(
      new THREE.VectorKeyframeTrack(`${node.uuid}.position`, times, column(frames, at, 3)),
      new THREE.QuaternionKeyframeTrack(`${node.uuid}.quaternion`, times, column(frames, at + 3, 4)),
    );
  });
  const turn = new THREE.Quaternion();
  const axis = new THREE.Vector3(-1, 0, 0);
  for (let key = 0; key < KEYS; key++) {
    const node = things.get(`key_${key + 21}`);
    const dips = column(frames, AT.keys + key, 1);
    if (!node || dips.every((dip) => dip === 0)) continue;
    const turns = new Float32Array(4 * frames.count);
    dips.forEach((dip, i) =>
      turn.setFromAxisAngle(axis, Math.atan2(dip, pianoModel.PIVOT)).toArray(turns, 4 * i),
    );
    tracks.push(new THREE.QuaternionKeyframeTrack(`${node.uuid}.quaternion`, times, turns));
  }
  return tracks;
}

/**
 * What stands in the room beside the musician, by its names: a figure of one's own may have any.
 * @param {THREE.Object3D} part
 * @returns {[string, THREE.Object3D][]}
 */
function named(part) {
  if (part instanceof THREE.Bone || part instanceof THREE.SkinnedMesh || !part.name) return [];
  return [[part.name, part], ...part.children.flatMap(named)];
}

/** The nodes of a figure of one's own, frame by frame. */
class NodeTracks {
  /**
   * @param {Performer} performer
   * @param {number} count  of frames
   */
  constructor({ nodes, hips }, count) {
    this.nodes = nodes;
    this.hips = /** @type {THREE.Object3D} */ (hips);
    this.turns = nodes.map(() => new Float32Array(4 * count));
    this.places = new Float32Array(3 * count);
    this.taken = 0;
  }

  /** As they are now. */
  take() {
    const at = this.taken++;
    this.hips.position.toArray(this.places, 3 * at);
    this.nodes.forEach(({ quaternion: { x, y, z, w } }, i) => {
      const turns = this.turns[i];
      const last = 4 * (at - 1);
      const dot = at ? x * turns[last] + y * turns[last + 1] + z * turns[last + 2] + w * turns[last + 3] : 1;
      const sign = dot < 0 ? -1 : 1; // the short way from the frame before
      turns.set([sign * x, sign * y, sign * z, sign * w], 4 * at);
    });
  }

  /** @param {Float32Array} times */
  tracks(times) {
    const moving = this.nodes.flatMap((node, i) => {
      const turns = this.turns[i];
      if (turns.every((value, k) => value === turns[k % 4])) return [];
      return [new THREE.QuaternionKeyframeTrack(`${node.uuid}.quaternion`, times, turns)];
    });
    return [new THREE.VectorKeyframeTrack(`${this.hips.uuid}.position`, times, this.places), ...moving];
  }
}
