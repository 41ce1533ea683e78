/** A performance as `.npz`, as the Python side writes and reads motions (docs: file formats). */

import { cameras, followers, layout, motionFile, rates } from "../generated/constants.js";
import { AT, JOINTS, KEYS, PROPS, SIZE } from "../musician/packing.js";

/** @typedef {import("../stage/frames.js").Frames} Frames */

/**
 * @param {Frames} frames
 * @param {"violin" | "piano"} instrument
 * @returns {Blob}
 */
export function motionNpz(frames, instrument) {
  const { count } = frames;
  const camera = cameras[instrument];
  const { origin } = followers[instrument];
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
    } else
      PROPS.forEach((name, i) => {
        for (let k = 0; k < 3; k++) props[name].places[3 * frame + k] = row[AT.props + 7 * i + k] - origin[k];
        props[name].turns.set(row.subarray(AT.props + 7 * i + 3, AT.props + 7 * i + 7), 4 * frame);
      });
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

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** @param {Uint8Array} data */
function crc32(data) {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * A zip archive of files as they are.
 * @param {[string, Uint8Array][]} files
 */
export function stored(files) {
  /** @type {Uint8Array[]} */
  const parts = [];
  /** @type {Uint8Array[]} */
  const directory = [];
  let offset = 0;
  for (const [name, data] of files) {
    const label = new TextEncoder().encode(name);
    const crc = crc32(data);
    const common = [20, 0, 0, 0, 0x21, crc, data.length, data.length, label.length, 0]; // version … extra
    const local = record(0x04034b50, common, label);
    directory.push(centralRecord(common, label, offset));
    parts.push(local, data);
    offset += local.length + data.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  const all = [...parts, ...directory, new Uint8Array(end.buffer)];
  const result = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    result.set(one, at);
    at += one.length;
  }
  return result;
}

/**
 * @param {number} magic
 * @param {number[]} common
 * @param {Uint8Array} label
 */
function record(magic, common, label) {
  const view = new DataView(new ArrayBuffer(30 + label.length));
  view.setUint32(0, magic, true);
  writeCommon(view, 4, common);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(label, 30);
  return bytes;
}

/**
 * @param {number[]} common
 * @param {Uint8Array} label
 * @param {number} offset
 */
function centralRecord(common, label, offset) {
  const view = new DataView(new ArrayBuffer(46 + label.length));
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true);
  writeCommon(view, 6, common);
  view.setUint32(42, offset, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(label, 46);
  return bytes;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number[]} common  version, flags, method, time, date, checksum, both sizes, lengths of name and extra
 */
function writeCommon(view, at, common) {
  const widths = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
  common.forEach((value, i) => {
    if (widths[i] === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += widths[i];
  });
}
