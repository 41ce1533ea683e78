/** Which node of a file is which bone, and which of them were guessed (`avatar/own_avatar/bone_map.py`). */

import { mannequin } from "../generated/constants.js";
import { guessedBones, guessedFingers } from "./body_shape.js";
import { bonesByName } from "./bone_names.js";
import { NodeTree } from "./node_tree.js";

const SIDES = /** @type {const} */ (["left", "right"]);

/**
 * @typedef {object} BoneMap
 * @property {Map<string, number>} nodes  by VRM name of the bone
 * @property {string[]} guessed  bones that were found by their place
 */

/**
 * A humanoid's bones: by names, what they leave open by the shape. A VRM has its own table and needs neither.
 * @param {import("./node_tree.js").Document} document
 * @returns {BoneMap}
 */
export function findBones(document) {
  const shape = new NodeTree(document);
  /** @type {Map<string, number>} */
  const nodes = new Map();
  /** @type {string[]} */
  const guessed = [];
  /**
   * @param {Map<string, number>} bones
   * @param {boolean} byPlace
   */
  const take = (bones, byPlace) => {
    const used = new Set(nodes.values());
    for (const [bone, node] of bones)
      if (mannequin.names.includes(bone) && !nodes.has(bone) && !used.has(node)) {
        nodes.set(bone, node);
        if (byPlace) guessed.push(bone);
      }
  };
  take(bonesByName(document, shape), false);
  if (missing(nodes).length) take(guessedBones(document, shape), true);
  const joints = new Set((document.skins ?? []).flatMap(({ joints: own }) => own));
  SIDES.forEach((side, i) => {
    const hand = nodes.get(`${side}Hand`);
    const has = mannequin.fingers[i].flat().some((/** @type {string} */ bone) => nodes.has(bone));
    if (hand !== undefined && !has) take(guessedFingers(hand, i, shape, joints), true);
  });
  return { nodes, guessed };
}

/**
 * Bones without which nobody can play.
 * @param {Map<string, unknown>} found  by VRM name
 * @returns {string[]}
 */
export const missing = (found) => mannequin.needed.filter((/** @type {string} */ bone) => !found.has(bone));
