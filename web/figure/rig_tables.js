/**
 * What the follower needs of a rig of other proportions (`avatar/retargeting/proportions.py`, `fingers.py`, `legs.py`).
 *
 * The rig keeps its bones; the player's room is laid so that its hands come to where the player's are.
 */

import {
  bodyLegs,
  followers,
  kinematics,
  mannequin,
  proportions,
  rigFingers,
  rigHands,
} from "../generated/constants.js";
import { between, opposite } from "../geometry/quaternions.js";
import { dot, length, minus, plus, times, unit } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("./rest_pose.js").Skeleton} Skeleton
 * @typedef {typeof followers["violin"] & {foreign?: boolean}} Rig  foreign: of other proportions than the player's
 */

const SIDES = /** @type {const} */ (["left", "right"]);
const BENDS = 600; // of a finger that are tried
/** @type {Vector} */
const Y = [0, 1, 0];
/** @type {Vector} */
const DOWN = [0, -1, 0];

/** Reads a skeleton by the names of its bones. */
class Bones {
  /** @param {Skeleton} skeleton */
  constructor(skeleton) {
    this.skeleton = skeleton;
    /** @type {Map<string, number>} */
    this.number = new Map(
      mannequin.names.map((/** @type {string} */ name, /** @type {number} */ i) => [name, i]),
    );
  }

  /** @param {string} name */
  index(name) {
    return /** @type {number} */ (this.number.get(name));
  }

  /** @param {string} name */
  at(name) {
    return this.skeleton.rest[this.index(name)];
  }

  /**
   * A joint seen from its parent's.
   * @param {string} name
   */
  offset(name) {
    const i = this.index(name);
    const parent = mannequin.parents[i];
    return parent < 0 ? this.skeleton.rest[i] : minus(this.skeleton.rest[i], this.skeleton.rest[parent]);
  }
}

/**
 * A rig as the follower takes it.
 * @param {"violin" | "piano"} instrument
 * @param {Skeleton} skeleton  in the T pose, metres
 */
export function rigOf(instrument, skeleton) {
  const base = followers[instrument];
  const bones = new Bones(skeleton);
  const shoulders = times(0.5, plus(bones.at("leftUpperArm"), 1, bones.at("rightUpperArm")));
  const trunk = minus(shoulders, bones.at("hips"));
  const fingers = fingersOf(base, bones);
  return {
    ...base,
    ...skeleton,
    foreign: true,
    offsets: Object.fromEntries(
      mannequin.names.map((/** @type {string} */ name) => [name, bones.offset(name)]),
    ),
    ...fit(base, bones, shoulders, trunk),
    upright: opposite(between(Y, unit([0, trunk[1], trunk[2]]))),
    arm: SIDES.map((side) => [length(bones.offset(`${side}LowerArm`)), length(bones.offset(`${side}Hand`))]),
    aside: SIDES.map((_, hand) => aside(fingers, hand, base.player.hand)),
    fingers,
    legs: legsOf(base, bones),
  };
}

/**
 * Where the player's room lies in the avatar's, and the hips in it.
 * @param {any} base
 * @param {Bones} bones
 * @param {Vector} shoulders  of the rig at rest
 * @param {Vector} trunk  from its hips to them
 */
function fit({ player, seated }, bones, shoulders, trunk) {
  if (!seated)
    return {
      origin: [0, shoulders[1] - proportions.KNEES - player.shoulders[1], 0],
      hips: minus(bones.at("hips"), [0, proportions.KNEES, 0]),
      closer: [0, 0, 0],
    };
  // a rig with other arms sits nearer to the keys, or farther, so that they bend as the player's
  const arm =
    length(minus(bones.at("leftUpperArm"), bones.at("leftLowerArm"))) +
    length(minus(bones.at("leftLowerArm"), bones.at("leftHand")));
  const reach = times(1 - arm / player.arm, minus(player.hands, player.shoulders));
  /** @type {Vector} */
  const closer = [0, reach[1], reach[2]];
  const origin = minus([0, proportions.KEY_HEIGHT, 0], player.keyboard);
  const hips = plus(plus(origin, 1, closer), 1, [0, player.shoulders[1] - trunk[1], 0]);
  return { origin, hips, closer };
}

/**
 * @param {any} base
 * @param {Bones} bones
 */
function fingersOf(base, bones) {
  /** @type {Vector[][]} */
  const bases = [];
  /** @type {Vector[][]} */
  const lengths = [];
  base.fingerBones.forEach((/** @type {string[][]} */ hand, /** @type {number} */ side) => {
    const palm = rigHands.REST_PALMS[side];
    bases[side] = hand.map(([first]) => {
      const offset = bones.offset(first);
      return /** @type {Vector} */ ([0, 1, 2].map((j) => dot([palm[0][j], palm[1][j], palm[2][j]], offset)));
    });
    lengths[side] = hand.map(([, second, third]) => {
      const last = bones.index(third);
      const end = minus(bones.skeleton.tips[last], bones.skeleton.rest[last]);
      return [length(bones.offset(second)), length(bones.offset(third)), length(end)];
    });
  });
  const tables = lengths.map((hand) => hand.map((own) => reachTable(own, base.fingers.bends[0][0].length)));
  return {
    ...base.fingers,
    bases,
    lengths,
    bends: tables.map((hand) => hand.map(({ bends }) => bends)),
    shortest: tables.map((hand) => hand.map(({ shortest }) => shortest)),
    longest: tables.map((hand) => hand.map(({ longest }) => longest)),
  };
}

/**
 * A finger's bend for evenly spaced reaches, its shortest and its longest reach.
 * @param {Vector} lengths
 * @param {number} places
 */
function reachTable([a, b, c], places) {
  const reaches = [];
  for (let i = 0; i < BENDS; i++) {
    const bend = (rigFingers.LARGEST_BEND * i) / (BENDS - 1);
    const end = (1 + kinematics.END_SHARE) * bend;
    const [x, y] = [a + b * Math.cos(bend) + c * Math.cos(end), b * Math.sin(bend) + c * Math.sin(end)];
    reaches.push(Math.hypot(x, y));
  }
  const turn = reaches.indexOf(Math.min(...reaches)); // beyond it the tip comes out again on the other side
  const [shortest, longest] = [reaches[turn], reaches[0]];
  const bends = [];
  let low = turn; // reaches grow from here to 0
  for (let place = 0; place < places; place++) {
    const wanted = shortest + ((longest - shortest) * place) / (places - 1);
    while (low > 1 && reaches[low - 1] < wanted) low -= 1;
    const [from, to] = [reaches[low], reaches[low - 1]];
    const share = Math.min(Math.max((wanted - from) / (to - from), 0), 1);
    bends.push((rigFingers.LARGEST_BEND * (low - share)) / (BENDS - 1));
  }
  return { bends, shortest, longest };
}

/**
 * How far a wrist is from the player's, so that fingers come to the same places: knuckles stay where they are, but for
 * what curved fingers are shorter.
 * @param {{bases: Vector[][], lengths: Vector[][]}} fingers
 * @param {number} hand
 * @param {number} scale  of the player's hands, of the project's own
 * @returns {Vector}
 */
function aside({ bases, lengths }, hand, scale) {
  /** @type {Vector} */
  let moved = [0, 0, 0];
  let shorter = 0;
  for (let finger = 1; finger < 5; finger++) {
    moved = plus(moved, 0.25, minus(times(scale, rigFingers.BASES[finger]), bases[hand][finger]));
    const sum = (/** @type {number[]} */ bones) => bones.reduce((all, one) => all + one, 0);
    shorter += 0.25 * (scale * sum(rigFingers.FINGER_BONES[finger]) - sum(lengths[hand][finger]));
  }
  return [moved[0] + rigFingers.CURVED * shorter, moved[1], moved[2]];
}

/**
 * @param {any} base
 * @param {Bones} bones
 */
function legsOf(base, bones) {
  const feet = base.seated ? bodyLegs.SEATED_FEET : bodyLegs.STANDING_FEET;
  const height = bones.at("leftFoot")[1];
  return {
    ...base.legs,
    joints: SIDES.map((side) => bones.offset(`${side}UpperLeg`)),
    thigh: length(bones.offset("leftLowerLeg")),
    shin: length(bones.offset("leftFoot")),
    straight: SIDES.map((side) => {
      const [hip, knee, ankle] = ["UpperLeg", "LowerLeg", "Foot"].map((bone) => bones.at(side + bone));
      return [between(unit(minus(knee, hip)), DOWN), between(unit(minus(ankle, knee)), DOWN)];
    }),
    ankles: feet.map((/** @type {[number, number]} */ [x, z]) => [x, height, z]),
  };
}
