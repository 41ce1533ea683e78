/**
 * Vectors of three numbers for one frame at a time: the scalar half of `geometry/vectors.py`.
 *
 * @typedef {[number, number, number]} Vector
 * @typedef {[Vector, Vector, Vector]} Matrix  rows
 */

/** The value, or the end of the range that it passes. */
export const within = (
  /** @type {number} */ value,
  /** @type {number} */ least,
  /** @type {number} */ most,
) => Math.min(Math.max(value, least), most);

/**
 * `vector + share * other`.
 * @param {Vector} vector
 * @param {number} share
 * @param {Vector} other
 * @returns {Vector}
 */
export const plus = (vector, share, other) => [
  vector[0] + share * other[0],
  vector[1] + share * other[1],
  vector[2] + share * other[2],
];

/**
 * `vector - other`.
 * @param {Vector} vector
 * @param {Vector} other
 * @returns {Vector}
 */
export const minus = (vector, other) => [vector[0] - other[0], vector[1] - other[1], vector[2] - other[2]];

/**
 * `share * vector`.
 * @param {number} share
 * @param {Vector} vector
 * @returns {Vector}
 */
export const times = (share, vector) => [share * vector[0], share * vector[1], share * vector[2]];

/**
 * Scalar product.
 * @param {Vector} a
 * @param {Vector} b
 */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/**
 * Vector product.
 * @param {Vector} a
 * @param {Vector} b
 * @returns {Vector}
 */
export const cross = ([x, y, z], [u, v, w]) => [y * w - z * v, z * u - x * w, x * v - y * u];

/**
 * Of the vector.
 * @param {Vector} vector
 */
export const length = ([x, y, z]) => Math.sqrt(x * x + y * y + z * z);

/**
 * The vector scaled to length 1.
 * @param {Vector} vector
 * @returns {Vector}
 */
export const unit = (vector) => times(1 / Math.max(length(vector), 1e-12), vector);

/**
 * The unit part of `vector` perpendicular to the unit vector `axis`.
 * @param {Vector} vector
 * @param {Vector} axis
 */
export const across = (vector, axis) => unit(plus(vector, -dot(vector, axis), axis));

/**
 * `matrix @ vector`.
 * @param {Matrix} matrix
 * @param {Vector} vector
 * @returns {Vector}
 */
export const rotated = (matrix, vector) => [
  dot(matrix[0], vector),
  dot(matrix[1], vector),
  dot(matrix[2], vector),
];

/**
 * The sum of three vectors, each with its weight.
 * @param {Vector} weights
 * @param {Matrix} vectors
 * @returns {Vector}
 */
export const mixed = ([a, b, c], [p, q, r]) => [
  a * p[0] + b * q[0] + c * r[0],
  a * p[1] + b * q[1] + c * r[1],
  a * p[2] + b * q[2] + c * r[2],
];

/**
 * Rotation matrix: roll about z, then pitch about x, then yaw about y; radians.
 * @param {number} yaw
 * @param {number} pitch
 * @param {number} roll
 * @returns {Matrix}
 */
export function matrixOfAngles(yaw, pitch, roll) {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  return [
    [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp],
    [cp * sr, cp * cr, -sp],
    [-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp],
  ];
}

/** A function given at rising places, straight between them and level beyond. */
export class Course {
  /**
   * @param {ArrayLike<number>} places
   * @param {ArrayLike<number>} values
   */
  constructor(places, values) {
    this.places = Float64Array.from(places);
    this.values = Float64Array.from(values);
  }

  /**
   * The value there.
   * @param {number} place
   */
  at(place) {
    const { places, values } = this;
    let low = 0;
    let high = places.length; // of the first place beyond
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle] <= place) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return values[0];
    if (low === places.length) return values[low - 1];
    const share = (place - places[low - 1]) / (places[low] - places[low - 1]);
    return values[low - 1] + share * (values[low] - values[low - 1]);
  }
}

/** @param {number} degrees */
export const radians = (degrees) => (degrees * Math.PI) / 180;
