/** A performance as `.npz`, as the Python side writes and reads motions (docs: file formats). */

import { cameras, layout, motionFile, rates } from "../generated/constants.js";
import { AT, JOINTS, KEYS, PROPS, SIZE, unpacked } from "../musician/packing.js";
import { stored } from "./stored_zip.js";

/** @typedef {import("../stage/frames.js").Frames} Frames */

/**
 * @param {Frames} frames
 * @param {"violin" | "piano"} instrument
 * @returns {Blob}
 */
export function motionNpz(frames, instrument) {
  const { count } = frames;
  const camera = cameras[instrument];
  const joints = new Float32Array(count * JOINTS * 3);
  const points = new Float32Array(count * JOINTS * 2);
  /** @type {Record<string, {places: Float64Array, turns: Float64Array}>} */
  const props = {};
  for (const name of instrument === "violin" ? PROPS : ["keyboard"])
    props[name] = { places: new Float64Array(count * 3), turns: new Float64Array(count * 4) };
  const keys = new Float32Array(count * KEYS);
  for (let frame = 0; frame < count; frame++) {
    const row = frames.numbers.subarray(frame * SIZE, (frame + 1) * SIZE);
    joints.set(row.subarray(AT.joints, AT.joints + 3 * JOINTS), frame * JOINTS * 3);
    for (let i = 0; i < JOINTS; i++)
      points.set(projected(camera, row, AT.joints + 3 * i), 2 * (frame * JOINTS + i));
    keys.set(row.subarray(AT.keys, AT.keys + KEYS), frame * KEYS);
    if (instrument === "piano") {
      props.keyboard.places.set(motionFile.keyboard, frame * 3);
      props.keyboard.turns[frame * 4 + 3] = 1;
    } else {
      // as the musician gave them: the figure brings the bow onto the string, and its hand along
      const given = unpacked(row, instrument).props;
      for (const name of PROPS) {
        props[name].places.set(given[name].place, 3 * frame);
        props[name].turns.set(given[name].turn, 4 * frame);
      }
    }
  }
  const meta = { ...motionFile.meta[instrument], fps: rates.VIDEO_FPS };
  /** @type {[string, Uint8Array][]} */
  const files = [
    ["points.npy", npy("<f4", [count, JOINTS, 2], points)],
    [
      "confidence.npy",
      npy(
        "<f4",
        [count, JOINTS],
        new Float32Array(count * JOINTS).map((_, i) => motionFile.confidence[instrument][i % JOINTS]),
      ),
    ],
    ["point_names.npy", npyText(layout.points)],
    ["joints.npy", npy("<f4", [count, JOINTS, 3], joints)],
    [
      "joint_kinds.npy",
      npy(
        "|u1",
        [count, JOINTS],
        new Uint8Array(count * JOINTS).map((_, i) => motionFile.kinds[i % JOINTS]),
      ),
    ],
    ...Object.entries(props).flatMap(
      ([name, { places, turns }]) =>
        /** @type {[string, Uint8Array][]} */ ([
          [`place_${name}.npy`, npy("<f8", [count, 3], places)],
          [`turn_${name}.npy`, npy("<f8", [count, 4], turns)],
        ]),
    ),
    ...(instrument === "piano"
      ? /** @type {[string, Uint8Array][]} */ ([["keys_down.npy", npy("<f4", [count, KEYS], keys)]])
      : []),
    ["meta.npy", npyText(JSON.stringify(meta))],
  ];
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (stored(files))], { type: "application/zip" });
}

/**
 * Pixels of a joint, as the Python side's camera sees it.
 * @param {{rotation: number[][], centre: number[], distance: number, focal: number, middle: number[], floor: number}} camera
 * @param {Float32Array} row
 * @param {number} at
 */
function projected(camera, row, at) {
  const away = [
    row[at] - camera.centre[0],
    row[at + 1] + camera.floor - camera.centre[1],
    row[at + 2] - camera.centre[2],
  ];
  const [x, y, z] = camera.rotation.map((axis) => axis[0] * away[0] + axis[1] * away[1] + axis[2] * away[2]);
  const depth = Math.max(camera.distance - z, 0.1);
  return [camera.middle[0] + (camera.focal * x) / depth, camera.middle[1] - (camera.focal * y) / depth];
}

/**
 * @param {string} kind
 * @param {number[]} shape
 * @param {ArrayBufferView} values
 */
function npy(kind, shape, values) {
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  let header = `{'descr': '${kind}', 'fortran_order': False, 'shape': ${shape.length ? sizes : "()"}, }`;
  header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const result = new Uint8Array(10 + header.length + values.byteLength);
  result.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  result.set(new TextEncoder().encode(header), 10);
  result.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + header.length);
  return result;
}

/**
 * Text, or a list of it, as numpy's fixed-width unicode.
 * @param {string | string[]} text
 */
function npyText(text) {
  const list = typeof text === "string" ? [text] : text;
  const longest = Math.max(...list.map((one) => [...one].length));
  const values = new Uint32Array(list.length * longest);
  list.forEach((one, i) =>
    [...one].forEach((letter, k) => (values[i * longest + k] = letter.codePointAt(0) ?? 0)),
  );
  return npy(`<U${longest}`, typeof text === "string" ? [] : [list.length], values);
}
