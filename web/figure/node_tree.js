/** Who hangs from whom in a glTF file, and where (`avatar/own_avatar/nodes.py`). */

import { SAME, turned } from "../geometry/quaternions.js";
import { length, minus } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/quaternions.js").Quaternion} Quaternion
 * @typedef {object} Node  of a glTF document
 * @property {string} [name]
 * @property {number[]} [children]
 * @property {number} [mesh]
 * @property {number[]} [matrix]
 * @property {Vector} [translation]
 * @property {Quaternion} [rotation]
 * @property {Vector} [scale]
 * @typedef {{nodes?: Node[], skins?: {joints: number[]}[], extensions?: Record<string, any>}} Document
 */

export class NodeTree {
  /** @param {Document} document */
  constructor({ nodes = [] }) {
    this.parent = nodes.map(() => -1);
    this.children = nodes.map(({ children = [] }) => children);
    this.children.forEach((children, i) => children.forEach((child) => (this.parent[child] = i)));
    this.depth = nodes.map((_, i) => this.above(i).length);
    /** @type {Vector[]} in the file's directions and units */
    this.places = nodes.map((_, i) => placeOf(nodes, [i, ...this.above(i)]));
  }

  /**
   * The nodes above one, from the nearest on.
   * @param {number} node
   */
  above(node) {
    const found = [];
    for (let i = this.parent[node]; i >= 0 && found.length <= this.parent.length; i = this.parent[i])
      found.push(i);
    return found;
  }

  /**
   * Whether a node hangs from another, directly or not.
   * @param {number} node
   * @param {number} other
   */
  isBelow(node, other) {
    return this.above(node).includes(other);
  }

  /**
   * The lowest node from which all of some hang, one of them perhaps; of a single one its parent; else -1.
   * @param {number[]} nodes
   */
  meeting(nodes) {
    if (nodes.length < 2) return nodes.length ? this.parent[nodes[0]] : -1;
    const [first, ...others] = nodes.map((node) => [node, ...this.above(node)]);
    return first.find((node) => others.every((way) => way.includes(node))) ?? -1;
  }

  /**
   * @param {number} a
   * @param {number} b
   */
  apart(a, b) {
    return length(minus(this.places[a], this.places[b]));
  }
}

/**
 * @param {Node[]} nodes
 * @param {number[]} way  from a node upwards
 * @returns {Vector}
 */
function placeOf(nodes, way) {
  /** @type {Vector} */
  let place = [0, 0, 0];
  for (const i of way) {
    const { matrix: m, translation = [0, 0, 0], rotation = SAME, scale = [1, 1, 1] } = nodes[i];
    if (m)
      place = /** @type {Vector} */ (
        [0, 1, 2].map(
          (row) => m[row] * place[0] + m[4 + row] * place[1] + m[8 + row] * place[2] + m[12 + row],
        )
      );
    else {
      const scaled = /** @type {Vector} */ (place.map((value, axis) => value * scale[axis]));
      const [x, y, z] = turned(rotation, scaled);
      place = [x + translation[0], y + translation[1], z + translation[2]];
    }
  }
  return place;
}
