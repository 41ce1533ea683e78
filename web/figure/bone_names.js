/**
 * Which node of a file is which bone, as far as names tell (`avatar/own_avatar/names.py`).
 *
 * Names propose and the tree decides: the hips are above legs and arms, a chain of spine bones is counted from below,
 * of two upper arms the first counts, fingers are chains whatever their numbers are.
 */

import { mannequin } from "../generated/constants.js";
import { fingerOfNumber, labels } from "./bone_words.js";
import { NodeTree } from "./node_tree.js";

/** @typedef {Map<string, number>} Found  nodes by VRM name of the bone */

const SIDES = /** @type {const} */ (["left", "right"]);
export const SPINE = ["spine", "chest", "upperChest"];
const CONTROLS = 10; // bones marked as deforming above which the others are controls

/**
 * @param {import("./node_tree.js").Document} document
 * @param {NodeTree} [shape]  of it
 * @returns {Found}
 */
export function bonesByName(document, shape = new NodeTree(document)) {
  const nodes = document.nodes ?? [];
  const said = labels(nodes.map(({ name = "" }) => name));
  const skinned = new Set((document.skins ?? []).flatMap(({ joints }) => joints));
  // exporters that keep a rig's controls mark what bends the skin
  const deforming = new Set([...nodes.keys()].filter((i) => nodes[i].name?.startsWith("DEF-")));
  /** @type {Map<string, Map<string, number[]>>} */
  const named = new Map(["", ...SIDES].map((side) => [side, new Map()]));
  /** @type {Map<string, [number, import("./bone_words.js").Label][]>} */
  const fingers = new Map(SIDES.map((side) => [side, []]));
  const order = [...nodes.keys()].sort(
    (a, b) => +!skinned.has(a) - +!skinned.has(b) || shape.depth[a] - shape.depth[b] || a - b,
  );
  for (const i of order) {
    const label = said[i];
    if (!label || (nodes[i].mesh !== undefined && !skinned.has(i))) continue;
    if (deforming.size > CONTROLS && !deforming.has(i)) continue;
    if (label.part === "Finger") fingers.get(label.side)?.push([i, label]);
    else {
      const ofSide = /** @type {Map<string, number[]>} */ (named.get(label.side));
      ofSide.set(label.part, [...(ofSide.get(label.part) ?? []), i]);
    }
  }
  /** @type {Found} */
  const found = new Map();
  SIDES.forEach((side, hand) => {
    limbs(found, /** @type {Map<string, number[]>} */ (named.get(side)), side, shape);
    const wrist = found.get(`${side}Hand`) ?? -1;
    ofHand(found, fingers.get(side) ?? [], wrist, mannequin.fingers[hand], shape);
  });
  centre(found, /** @type {Map<string, number[]>} */ (named.get("")), shape);
  return found;
}

/**
 * Arm and leg of a side: what ambiguous words mean beside the others that are there.
 * @param {Found} found  added to
 * @param {Map<string, number[]>} nodes
 * @param {string} side
 * @param {NodeTree} shape
 */
function limbs(found, nodes, side, shape) {
  const first = (/** @type {string} */ part) => nodes.get(part)?.[0];
  let [upper, lower] = [first("UpperArm"), first("LowerArm")];
  let shoulder = first("Collar") ?? first("Shoulder");
  if (upper === undefined && lower !== undefined) {
    upper = first("Arm");
    const joint = first("Shoulder");
    if (upper === undefined && joint !== undefined) {
      // named by joints: shoulder, elbow, wrist
      [upper, shoulder] = [joint, first("Collar")];
      const after = (nodes.get("Shoulder") ?? []).filter(
        (node) => shape.isBelow(node, joint) && shape.isBelow(/** @type {number} */ (lower), node),
      );
      // two of that name: a collar bone before the joint
      if (shoulder === undefined && after.length) [upper, shoulder] = [after.at(-1), joint];
    }
  } else if (upper !== undefined && lower === undefined) lower = first("Arm");
  let [thigh, calf] = [first("UpperLeg"), first("LowerLeg")];
  if (thigh === undefined && calf !== undefined) thigh = first("Leg") ?? first("Hip");
  else if (thigh !== undefined && calf === undefined) calf = first("Leg");
  let [foot, toes] = [first("Foot"), first("Toes")];
  if (first("Ankle") !== undefined) [foot, toes] = [first("Ankle"), first("Toes") ?? foot];
  for (const [part, node] of Object.entries({
    Shoulder: shoulder,
    UpperArm: upper,
    LowerArm: lower,
    Hand: first("Hand"),
    UpperLeg: thigh,
    LowerLeg: calf,
    Foot: foot,
    Toes: toes,
  }))
    if (node !== undefined) found.set(side + part, node);
}

/**
 * @param {Found} found  added to
 * @param {[number, import("./bone_words.js").Label][]} named
 * @param {number} hand
 * @param {string[][]} bones  of the hand's fingers
 * @param {NodeTree} shape
 */
function ofHand(found, named, hand, bones, shape) {
  const meant = fingerOfNumber([...new Set(named.map(([, { number }]) => number).filter(Boolean))]);
  /** @type {Map<number, number[]>} */
  const chains = new Map();
  for (const [node, label] of [...named].sort(([a], [b]) => shape.depth[a] - shape.depth[b] || a - b)) {
    const finger = label.finger >= 0 ? label.finger : (meant.get(label.number) ?? -1);
    if (finger < 0) continue;
    const chain = chains.get(finger) ?? [];
    chains.set(finger, chain);
    if (!chain.length || shape.isBelow(node, /** @type {number} */ (chain.at(-1)))) chain.push(node);
  }
  for (const [finger, chain] of chains)
    trimmed(chain, hand, finger, shape).forEach((node, i) => found.set(bones[finger][i], node));
}

/**
 * A finger's three bones: of four, the first is in the palm or the last is the fingertip's end.
 * @param {number[]} chain
 * @param {number} hand
 * @param {number} finger
 * @param {NodeTree} shape
 */
export function trimmed(chain, hand, finger, shape) {
  if (chain.length < 4 || hand < 0) return chain.slice(0, 3);
  const inPalm = finger > 0 && shape.apart(hand, chain[0]) < shape.apart(chain[0], chain[1]);
  return inPalm ? chain.slice(1, 4) : chain.slice(0, 3);
}

/**
 * Hips, spine, neck and head: proposed by names, decided by where legs and arms hang.
 * @param {Found} found  limbs; added to
 * @param {Map<string, number[]>} named
 * @param {NodeTree} shape
 */
function centre(found, named, shape) {
  const there = (/** @type {string[]} */ parts) =>
    SIDES.flatMap((side) => parts.map((part) => found.get(side + part))).filter((node) => node !== undefined);
  const [arms, legs] = [there(["Shoulder", "UpperArm"]), there(["UpperLeg"])];
  const chest = shape.meeting(arms);
  const carries = (/** @type {number} */ node) => arms.some((arm) => shape.isBelow(arm, node));
  let hips = chest >= 0 && legs.length === 2 ? shape.meeting([chest, ...legs]) : -1;
  const proposed = named.get("hips") ?? [];
  const above = proposed.filter((node) =>
    [...legs, chest].every((other) => other < 0 || other === node || shape.isBelow(other, node)),
  );
  if (above.length) hips = above.reduce((a, b) => (shape.depth[b] > shape.depth[a] ? b : a));
  else if (hips < 0 && proposed.length) hips = proposed[0];
  if (hips >= 0) found.set("hips", hips);
  let head = (named.get("head") ?? []).find((node) => hips < 0 || shape.isBelow(node, hips)) ?? -1;
  let neck =
    (named.get("neck") ?? []).find((node) => (head < 0 || shape.isBelow(head, node)) && !carries(node)) ?? -1;
  if (head < 0 && chest >= 0) {
    // a spine that goes on above the arms ends in the head (Rigify)
    const onwards = (named.get("spine") ?? []).filter((node) => shape.isBelow(node, chest) && !carries(node));
    if (onwards.length) {
      head = onwards.reduce((a, b) => (shape.depth[b] > shape.depth[a] ? b : a));
      neck = onwards.reduce((a, b) => (shape.depth[b] < shape.depth[a] ? b : a));
      if (neck === head) neck = -1;
    }
  }
  if (head >= 0) found.set("head", head);
  if (neck >= 0 && neck !== head) found.set("neck", neck);
  if (hips < 0) return;
  const top = neck >= 0 && [-1, hips].includes(chest) ? shape.parent[neck] : chest;
  spineBetween(hips, top, shape).forEach((node, i) => found.set(SPINE[i], node));
}

/**
 * Up to three bones of the chain from the hips (without them) to the one that carries the arms (with it).
 * @param {number} hips
 * @param {number} top
 * @param {NodeTree} shape
 */
export function spineBetween(hips, top, shape) {
  if (top < 0) return [];
  const way = [top, ...shape.above(top)];
  const chain = way.slice(0, Math.max(way.indexOf(hips), 0)).reverse();
  if (chain.length <= 3) return chain;
  // first, last, and what is nearest to the middle between them
  const [low, high] = [chain[0], /** @type {number} */ (chain.at(-1))];
  const middle = shape.places[low].map((value, axis) => 0.5 * (value + shape.places[high][axis]));
  const away = (/** @type {number} */ node) =>
    Math.hypot(...shape.places[node].map((v, axis) => v - middle[axis]));
  return [low, chain.slice(1, -1).reduce((a, b) => (away(b) < away(a) ? b : a)), high];
}
