/**
 * Which node is which bone where names say nothing (`avatar/own_avatar/hierarchy.py`): by how a body branches, how long
 * its parts are, where they lie.
 */

import { mannequin } from "../generated/constants.js";
import { length, minus } from "../geometry/vectors.js";
import { spineBetween, trimmed, SPINE } from "./bone_names.js";
import { firstAxis } from "../geometry/spread.js";

/**
 * @typedef {import("./node_tree.js").NodeTree} NodeTree
 * @typedef {import("./node_tree.js").Document} Document
 * @typedef {import("./bone_names.js").Found} Found
 * @typedef {[number, number, number]} Pair  the node from which two mirrored chains hang, and their first nodes
 */

const SIDES = /** @type {const} */ (["left", "right"]);
const { LEAST_LIMB, MIRRORED, ALIKE } = mannequin.shape;

/**
 * The one of a list for which something is most; of several the first.
 * @template T
 * @param {T[]} list
 * @param {(one: T) => number} measure
 */
const most = (list, measure) => list.reduce((a, b) => (measure(b) > measure(a) ? b : a));

/**
 * Nodes of the bones of the only body that the joints of a file's skins can form; empty where they form none.
 * @param {Document} document
 * @param {NodeTree} shape
 * @returns {Found}
 */
export function guessedBones(document, shape) {
  const body = new Body(document, shape);
  /** @type {Found} */
  const found = new Map();
  const pairs = body.mirroredPairs();
  if (pairs.length < 2) return found;
  const legs = most(pairs, ([, a, b]) => -Math.min(body.lowest(a), body.lowest(b)));
  const higher = pairs.filter(
    ([from]) => from !== legs[0] && !shape.isBelow(from, legs[1]) && !shape.isBelow(from, legs[2]),
  );
  if (!higher.length) return found;
  const arms = most(higher, ([, a, b]) => body.widest(a) + body.widest(b));
  const hips = shape.meeting([legs[0], arms[0]]);
  if (hips < 0 || hips === arms[0]) return found;
  found.set("hips", hips);
  spineBetween(hips, arms[0], shape).forEach((node, i) => found.set(SPINE[i], node));
  body.neckAndHead(arms, found);
  const [leftLeg, leftArm] = [body.left(legs), body.left(arms)];
  SIDES.forEach((_, side) => {
    body.leg(side ? other(legs, leftLeg) : leftLeg, side, found);
    body.arm(side ? other(arms, leftArm) : leftArm, side, found);
  });
  return found;
}

/**
 * Fingers of a hand by count and order: the chains that start from it.
 * @param {number} hand
 * @param {number} side
 * @param {NodeTree} shape
 * @param {Set<number>} joints
 * @returns {Found}
 */
export function guessedFingers(hand, side, shape, joints) {
  /** @type {Found} */
  const found = new Map();
  const chains = shape.children[hand]
    .filter((first) => joints.has(first))
    .map((first) => unbranched(first, shape, joints))
    .filter((chain) => chain.length >= 2);
  if (chains.length < 3 || chains.length > 5) return found;
  const starts = chains.map(([first]) => shape.places[first]);
  const ways = chains.map((chain, k) => {
    const way = minus(shape.places[/** @type {number} */ (chain.at(-1))], starts[k]);
    const long = Math.max(length(way), 1e-12);
    return way.map((value) => value / long);
  });
  const away = ways.map(
    (one) =>
      1 - ways.reduce((sum, two) => sum + one.reduce((all, v, i) => all + v * two[i], 0), 0) / ways.length,
  );
  const near = starts.map((start) => length(minus(start, shape.places[hand])));
  const farthest = Math.max(...near);
  let order = [...chains.keys()];
  let fingers = order;
  if (chains.length === 5 || Math.max(...away) > 0.1) {
    const thumb = most(order, (k) => away[k] - (0.5 * near[k]) / farthest);
    const apart = (/** @type {number} */ k) => length(minus(starts[k], starts[thumb]));
    order = [thumb, ...order.filter((k) => k !== thumb).sort((a, b) => apart(a) - apart(b))];
  } else {
    // no thumb stands out: the four in their order, from whichever end
    const along = firstAxis(starts);
    const place = (/** @type {number} */ k) => starts[k].reduce((sum, v, i) => sum + v * along[i], 0);
    order = [...order].sort((a, b) => place(a) - place(b));
    fingers = [1, 2, 3, 4];
  }
  order.forEach((k, i) => {
    const finger = fingers[i];
    const bones = mannequin.fingers[side][finger];
    trimmed(chains[k], hand, finger, shape).forEach((node, j) => found.set(bones[j], node));
  });
  return found;
}

/**
 * @param {Pair} pair
 * @param {number} one
 */
const other = ([, a, b], one) => (one === a ? b : a);

/**
 * A joint and what hangs from it, as far as one hangs from one.
 * @param {number} first
 * @param {NodeTree} shape
 * @param {Set<number>} joints
 */
function unbranched(first, shape, joints) {
  const chain = [first];
  for (;;) {
    const below = shape.children[/** @type {number} */ (chain.at(-1))].filter((child) => joints.has(child));
    if (below.length !== 1) return chain;
    chain.push(below[0]);
  }
}

/** The joints of a file's skins with the directions of the figure they form. */
class Body {
  /**
   * @param {Document} document
   * @param {NodeTree} shape
   */
  constructor({ skins = [] }, shape) {
    this.shape = shape;
    this.joints = new Set(skins.flatMap(({ joints }) => joints));
    for (const joint of [...this.joints])
      if (!shape.places[joint]?.every(Number.isFinite)) this.joints.delete(joint);
    for (const joint of [...this.joints])
      for (const above of shape.above(joint)) {
        // what stands between joints belongs to the body
        if (this.joints.has(above)) break;
        this.joints.add(above);
      }
    const all = [...this.joints].map((joint) => shape.places[joint]);
    const extent = [0, 1, 2].map((axis) => {
      const values = all.map((place) => place[axis]);
      return values.length ? Math.max(...values) - Math.min(...values) : 0;
    });
    this.size = Math.max(...extent);
    // glTF's up is y; z where a file says otherwise
    this.up = extent[1] >= 0.6 * this.size ? 1 : 2;
    this.side = this.up === 2 || extent[0] >= extent[2] ? 0 : 2;
    this.count = shape.parent.map(() => 0); // joints that hang from each node, itself among them
    for (const joint of this.joints) for (const node of [joint, ...shape.above(joint)]) this.count[node] += 1;
  }

  /** @param {number} node */
  jointsUnder(node) {
    return this.shape.children[node].filter((child) => this.joints.has(child));
  }

  /**
   * A node and the joints that hang from it.
   * @param {number} node
   */
  below(node) {
    const found = [node];
    for (const one of found) found.push(...this.jointsUnder(one));
    return found;
  }

  /** @param {number} node */
  lowest(node) {
    return Math.min(...this.below(node).map((one) => this.shape.places[one][this.up]));
  }

  /** @param {number} node */
  widest(node) {
    const start = this.shape.places[node][this.side];
    return Math.max(...this.below(node).map((one) => Math.abs(this.shape.places[one][this.side] - start)));
  }

  /**
   * Chains that hang from one node on both of its sides.
   * @returns {Pair[]}
   */
  mirroredPairs() {
    const { places } = this.shape;
    /** @type {Pair[]} */
    const found = [];
    for (const node of [...this.joints].sort((a, b) => a - b)) {
      const limbs = this.jointsUnder(node).filter((child) => this.count[child] >= LEAST_LIMB);
      limbs.forEach((a, i) => {
        for (const b of limbs.slice(i + 1)) {
          const across = minus(places[b], places[a]);
          const beside = across.filter((_, axis) => axis !== this.side).map(Math.abs);
          const middle = 0.5 * (places[a][this.side] + places[b][this.side]);
          if (
            Math.abs(across[this.side]) > 1e-3 * this.size &&
            Math.max(...beside) < MIRRORED * this.size &&
            Math.abs(middle - places[node][this.side]) < MIRRORED * this.size
          )
            found.push([node, a, b]);
        }
      });
    }
    return found;
  }

  /**
   * The chain on the figure's left: of one that faces +z (or -y where z is up) it lies at +x.
   * @param {Pair} pair
   */
  left([, a, b]) {
    return this.shape.places[a][this.side] > this.shape.places[b][this.side] ? a : b;
  }

  /**
   * From a limb's first joint to where it branches into many or ends.
   * @param {number} first
   */
  limb(first) {
    const chain = [first];
    for (;;) {
      const onwards = this.jointsUnder(/** @type {number} */ (chain.at(-1)));
      if (!onwards.length || onwards.filter((one) => this.count[one] >= 2).length >= 3) return chain;
      chain.push(most(onwards, (one) => this.count[one]));
    }
  }

  /**
   * Which of a chain's joints begin the upper half, the lower half and what follows.
   * @param {number[]} chain
   * @param {boolean} ended  whether what follows is its last
   * @returns {number[] | null}
   */
  halves(chain, ended) {
    const last = chain.length - 1;
    const apart = (/** @type {number} */ i, /** @type {number} */ j) => this.shape.apart(chain[i], chain[j]);
    /** @type {number[][]} */
    const tried = [];
    if (ended) {
      for (let i = 0; i < last; i++) for (let j = i + 1; j < last; j++) tried.push([i, j, last]);
    } else for (let i = 0; i < last - 1; i++) tried.push([i, i + 1, i + 2]);
    if (!tried.length) return null;
    const shorter = (/** @type {number[]} */ [i, j, k]) => Math.min(apart(i, j), apart(j, k));
    const best = Math.max(...tried.map(shorter));
    // of those that are about as long the one nearest to the end
    return /** @type {number[]} */ (tried.filter((one) => shorter(one) >= ALIKE * best).at(-1));
  }

  /**
   * @param {number} first
   * @param {number} side
   * @param {Found} found  added to
   */
  leg(first, side, found) {
    const chain = this.limb(first);
    const halves = this.halves(chain, false);
    if (!halves) return;
    ["UpperLeg", "LowerLeg", "Foot"].forEach((part, i) => found.set(SIDES[side] + part, chain[halves[i]]));
    const toes = chain[halves[2] + 1];
    if (toes !== undefined) found.set(`${SIDES[side]}Toes`, toes);
  }

  /**
   * @param {number} first
   * @param {number} side
   * @param {Found} found  added to
   */
  arm(first, side, found) {
    const chain = this.limb(first);
    const halves = this.halves(chain, this.jointsUnder(/** @type {number} */ (chain.at(-1))).length > 0);
    if (!halves) return;
    ["UpperArm", "LowerArm", "Hand"].forEach((part, i) => found.set(SIDES[side] + part, chain[halves[i]]));
    if (halves[0] > 0) found.set(`${SIDES[side]}Shoulder`, chain[0]);
    const fingers = guessedFingers(chain[halves[2]], side, this.shape, this.joints);
    for (const [bone, node] of fingers) found.set(bone, node);
  }

  /**
   * @param {Pair} arms
   * @param {Found} found  added to
   */
  neckAndHead(arms, found) {
    const onwards = this.jointsUnder(arms[0]).filter((child) => !arms.includes(child));
    if (!onwards.length) return;
    const highest = (/** @type {number} */ node) =>
      Math.max(...this.below(node).map((one) => this.shape.places[one][this.up]));
    const [first, second] = unbranched(most(onwards, highest), this.shape, this.joints);
    if (second === undefined) found.set("head", first);
    else found.set("neck", first).set("head", second);
  }
}
