/** Along which direction places are spread most. */

/** @typedef {import("./vectors.js").Vector} Vector */

const STEPS = 100;

/**
 * Their first principal axis, its largest part positive.
 * @param {Vector[]} places
 * @returns {Vector}
 */
export function firstAxis(places) {
  const middle = [0, 1, 2].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
  const spread = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) =>
      places.reduce((sum, place) => sum + (place[i] - middle[i]) * (place[j] - middle[j]), 0),
    ),
  );
  // begun along the axis of the widest spread, so that it is not across the one that is looked for
  const widest = [0, 1, 2].reduce((a, b) => (spread[b][b] > spread[a][a] ? b : a));
  let axis = spread[widest];
  for (let step = 0; step < STEPS; step++) {
    const next = spread.map((row) => row.reduce((sum, value, i) => sum + value * axis[i], 0));
    const long = Math.hypot(...next) || 1;
    axis = next.map((value) => value / long);
  }
  const largest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  return /** @type {Vector} */ (axis.map((value) => value * Math.sign(largest)));
}
