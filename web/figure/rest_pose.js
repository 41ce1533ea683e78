/** A figure's rest pose: its directions and units, its joints stretched into a T (`avatar/own_avatar/rest_pose.py`). */

import { mannequin, ownRest } from "../generated/constants.js";
import { SAME, between, ofAxes, turned } from "../geometry/quaternions.js";
import { cross, dot, length, minus, plus, times, unit } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/quaternions.js").Quaternion} Quaternion
 * @typedef {Map<string, Vector>} Places  of the bones that a figure has, by VRM name
 * @typedef {object} Skeleton  in the order of the mannequin's bones, metres
 * @property {Vector[]} rest
 * @property {Vector[]} tips
 */

const { names, parents } = /** @type {{names: string[], parents: number[]}} */ (mannequin);
const [HIPS, HEAD] = [names.indexOf("hips"), names.indexOf("head")];
const SIDES = /** @type {const} */ (["left", "right"]);
const NEAR = 1e-6; // m within which a bone ends where another begins
const HELD_STRAIGHT = ["hips", "spine", "chest", "upperChest", "neck"]; // as the figure itself has them

/** @type {(name: string) => Vector} */
const model = (name) => mannequin.rest[names.indexOf(name)];

/**
 * Rotation from a file's directions to the room's, and metres per unit of the file.
 * @param {Places} places
 * @returns {{upright: Quaternion, scale: number} | null}  null where the bones tell no direction
 */
export function orientation(places) {
  const at = (/** @type {string} */ name) => /** @type {Vector} */ (places.get(name));
  const up = minus(at("head"), at("hips"));
  const left = minus(at("leftUpperArm"), at("rightUpperArm"));
  if (length(up) < 1e-9 || length(left) < 1e-9) return null;
  const y = snapped(up);
  let x = snapped(left);
  if (Math.abs(dot(x, y)) > 0.5) return null;
  const level = plus(left, -dot(left, y), y);
  if (dot(level, x) < Math.cos(ownRest.TURNED_ON_PURPOSE) * length(level)) x = unit(level);
  return { upright: ofAxes(x, y, cross(x, y)), scale: metresPerUnit(stature(places)) };
}

/**
 * The nearest whole axis: a slouch must not tilt the room.
 * @param {Vector} vector
 * @returns {Vector}
 */
function snapped(vector) {
  const most = vector.map(Math.abs).indexOf(Math.max(...vector.map(Math.abs)));
  return /** @type {Vector} */ (vector.map((value, i) => (i === most ? Math.sign(value) : 0)));
}

/**
 * How tall a figure is in its own units: from its head and feet (or hips) to a whole figure like ours.
 * @param {Places} places
 */
function stature(places) {
  const feet = SIDES.map((side) => `${side}Foot`).filter((foot) => places.has(foot));
  const span = (/** @type {string} */ end) =>
    length(minus(/** @type {Vector} */ (places.get("head")), /** @type {Vector} */ (places.get(end)))) /
    length(minus(model("head"), model(end)));
  return mannequin.tips[HEAD][1] * Math.max(...(feet.length ? feet : ["hips"]).map(span));
}

/** @param {number} tall */
function metresPerUnit(tall) {
  const { units, usualUnits } = mannequin;
  for (const [tried, [least, most]] of [
    [Object.keys(units), ownRest.GROWN],
    [usualUnits, ownRest.ANY_HEIGHT],
  ])
    for (const name of tried)
      if (least <= tall * units[name] && tall * units[name] <= most) return units[name];
  return ownRest.USUAL_HEIGHT / tall;
}

/**
 * The joints stretched into the T pose, and each bone's rotation from its rest to that pose.
 * @param {Places} places  in the room's directions, metres
 * @returns {Skeleton & {stretch: Quaternion[]}}
 */
export function tPose(places) {
  const aims = childrenToAim();
  const hips = /** @type {Vector} */ (places.get("hips"));
  const size =
    length(minus(/** @type {Vector} */ (places.get("head")), hips)) /
    length(minus(mannequin.rest[HEAD], mannequin.rest[HIPS]));
  const floor = Math.min(...[...places.values()].map((place) => place[1])) - 0.02 * size;
  /** @type {Vector[]} */
  const rest = [];
  /** @type {Quaternion[]} */
  const stretch = [];
  names.forEach((name, i) => {
    const own = places.get(name);
    const parent = parents[i];
    if (parent < 0) rest[i] = minus(hips, [0, floor, 0]);
    else if (own) {
      const above = nearestKnown(parent, places);
      const offset = minus(own, /** @type {Vector} */ (places.get(names[above])));
      rest[i] = plus(rest[above], 1, turned(stretch[above], offset));
    } else rest[i] = plus(rest[parent], size, minus(mannequin.rest[i], mannequin.rest[parent]));
    let turn = parent < 0 ? SAME : stretch[parent];
    const child = aims.get(name);
    const end = child && places.get(child);
    if (own && child && end && !HELD_STRAIGHT.includes(name))
      turn = between(unit(minus(end, own)), unit(minus(model(child), model(name))));
    stretch[i] = turn;
  });
  return { rest, tips: rest.map((_, i) => tipOf(i, rest, size)), stretch };
}

/**
 * Where a bone ends: where the next begins, or as far as the mannequin's.
 * @param {number} bone
 * @param {Vector[]} rest
 * @param {number} size
 */
function tipOf(bone, rest, size) {
  const tip = mannequin.tips[bone];
  let found = plus(rest[bone], size, minus(tip, mannequin.rest[bone]));
  parents.forEach((parent, child) => {
    if (parent === bone && length(minus(tip, mannequin.rest[child])) < NEAR) found = times(1, rest[child]);
  });
  return found;
}

/** @returns {Map<string, string>} */
function childrenToAim() {
  const aims = new Map();
  for (const side of SIDES) {
    const chain = ["Shoulder", "UpperArm", "LowerArm", "Hand", "MiddleProximal"];
    chain.slice(1).forEach((next, i) => aims.set(side + chain[i], side + next));
    aims.set(`${side}UpperLeg`, `${side}LowerLeg`).set(`${side}LowerLeg`, `${side}Foot`);
  }
  for (const hand of mannequin.fingers)
    for (const [first, second, third] of hand) aims.set(first, second).set(second, third);
  return aims;
}

/**
 * @param {number} bone
 * @param {Places} places
 */
function nearestKnown(bone, places) {
  let found = bone;
  while (!places.has(names[found])) found = parents[found];
  return found;
}
