/** Turns as unit quaternions x, y, z, w (`geometry/quaternions.py`). */

import { cross, dot } from "./vectors.js";

/**
 * @typedef {import("./vectors.js").Vector} Vector
 * @typedef {[number, number, number, number]} Quaternion
 */

/** @type {Quaternion} */
export const SAME = [0, 0, 0, 1];

/**
 * The rotation `b`, then `a`.
 * @param {Quaternion} a
 * @param {Quaternion} b
 * @returns {Quaternion}
 */
export const product = ([ax, ay, az, aw], [bx, by, bz, bw]) => [
  aw * bx + ax * bw + ay * bz - az * by,
  aw * by - ax * bz + ay * bw + az * bx,
  aw * bz + ax * by - ay * bx + az * bw,
  aw * bw - ax * bx - ay * by - az * bz,
];

/**
 * The rotation back.
 * @param {Quaternion} q
 * @returns {Quaternion}
 */
export const opposite = ([x, y, z, w]) => [-x, -y, -z, w];

/**
 * A vector turned by `q`.
 * @param {Quaternion} q
 * @param {Vector} vector
 * @returns {Vector}
 */
export function turned([x, y, z, w], vector) {
  const once = cross([x, y, z], vector);
  const twice = cross([x, y, z], once);
  return [
    vector[0] + 2 * (w * once[0] + twice[0]),
    vector[1] + 2 * (w * once[1] + twice[1]),
    vector[2] + 2 * (w * once[2] + twice[2]),
  ];
}

/**
 * Rotation by radians about a unit vector.
 * @param {Vector} axis
 * @param {number} angle
 * @returns {Quaternion}
 */
export function about(axis, angle) {
  const s = Math.sin(0.5 * angle);
  return [axis[0] * s, axis[1] * s, axis[2] * s, Math.cos(0.5 * angle)];
}

/**
 * Shortest rotation of one unit vector onto another that does not point the opposite way.
 * @param {Vector} a
 * @param {Vector} b
 * @returns {Quaternion}
 */
export function between(a, b) {
  const [x, y, z] = cross(a, b);
  const w = Math.max(1 + dot(a, b), 1e-8);
  const size = Math.sqrt(x * x + y * y + z * z + w * w);
  return [x / size, y / size, z / size, w / size];
}

/**
 * A share of a rotation, the short way.
 * @param {Quaternion} q
 * @param {number} part
 * @returns {Quaternion}
 */
export function share([x, y, z, w], part) {
  const size = Math.sqrt(x * x + y * y + z * z);
  const flip = w < 0 ? -1 : 1;
  const half = Math.atan2(size, flip * w) * part;
  const scale = (flip * Math.sin(half)) / Math.max(size, 1e-12);
  return [x * scale, y * scale, z * scale, Math.cos(half)];
}

/**
 * A rotation turned back to the largest angle (radians) that a joint allows.
 * @param {Quaternion} q
 * @param {number} largest
 * @returns {Quaternion}
 */
export function limited(q, largest) {
  const [x, y, z, w] = q;
  const angle = 2 * Math.atan2(Math.sqrt(x * x + y * y + z * z), Math.abs(w));
  return angle <= largest ? q : share(q, Math.min(largest / Math.max(angle, 1e-9), 1));
}

/**
 * The same angle between -pi and pi.
 * @param {number} angle
 */
export function wrapped(angle) {
  const round = 2 * Math.PI;
  return ((((angle + Math.PI) % round) + round) % round) - Math.PI;
}

/**
 * Signed angle of the rotation about x within `q`, radians.
 * @param {Quaternion} q
 */
export const twistAboutX = (q) => wrapped(2 * Math.atan2(q[0], q[3]));

/**
 * The turn that takes the room's axes to these orthonormal vectors; w is not negative.
 * @param {Vector} x
 * @param {Vector} y
 * @param {Vector} z
 * @returns {Quaternion}
 */
export function ofAxes([a, b, c], [d, e, f], [g, h, i]) {
  // the largest of the four parts first (Shepperd)
  const four = [1 + a - e - i, 1 - a + e - i, 1 - a - e + i, 1 + a + e + i];
  const largest = four.indexOf(Math.max(...four));
  const part = [
    [four[0], b + d, c + g, f - h],
    [b + d, four[1], f + h, g - c],
    [c + g, f + h, four[2], b - d],
    [f - h, g - c, b - d, four[3]],
  ][largest];
  const scale = (part[3] < 0 ? -0.5 : 0.5) / Math.sqrt(four[largest]);
  return [part[0] * scale, part[1] * scale, part[2] * scale, part[3] * scale];
}

/**
 * The three directions of a turn: where it takes x, y and z.
 * @param {Quaternion} q
 * @returns {[Vector, Vector, Vector]}
 */
export const axesOf = (q) => [turned(q, [1, 0, 0]), turned(q, [0, 1, 0]), turned(q, [0, 0, 1])];
