/** How a hand holds a bow: on the strings, raised, plucking, hanging (`musician/violin_bow_hold.py`). */

import { violinBowHold as h } from "../generated/constants.js";
import { across, cross, dot, plus, times, unit } from "../geometry/vectors.js";
import { smoothstep } from "./kinematics.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {import("./body.js").Trunk} Trunk
 * @typedef {import("./violin_posture.js").Posture} Posture
 */

/**
 * A vector turned as the shortest turn takes one unit vector to another that is not its opposite.
 * @param {Vector} vector
 * @param {Vector} start
 * @param {Vector} end
 * @returns {Vector}
 */
function turned(vector, start, end) {
  const both = plus(start, 1, end);
  const share = dot(both, vector) / (1 + dot(start, end));
  return plus(plus(vector, -share, both), 2 * dot(start, vector), end);
}

/**
 * @param {Vector} start
 * @param {number} share
 * @param {Vector} end
 */
const between = (start, share, end) => unit(plus(times(1 - share, start), share, end));

/**
 * A bow that is taken from the strings: first it is turned up, then it comes down and hangs at the player's side.
 * Where it is held, where its tip points, up from the stick, how far it is turned up, how far the arm is lowered.
 * @param {Trunk} trunk
 * @param {Vector} held
 * @param {Vector} tip
 * @param {Vector} over
 * @param {number} relaxed  0 to 1, how far it has been taken away
 * @param {number} pluck
 */
export function takenAway(trunk, held, tip, over, relaxed, pluck) {
  const rest = smoothstep(1.5 * relaxed - 0.5);
  let up = smoothstep(1.5 * relaxed);
  up += (1 - up) * pluck;
  const upright = unit(trunk.along(h.UPRIGHT));
  const raised = between(tip, up, upright);
  const end = between(upright, rest, trunk.along(h.HANGING));
  const [way, turnedOver] = [tip, over].map((vector) => turned(turned(vector, tip, raised), upright, end));
  const above = across(between(turnedOver, rest, trunk.along(h.HANGING_OVER)), way);
  const out = plus(held, up, trunk.along(h.OUT));
  const hangs = plus(trunk.rightShoulder, 1, trunk.along(h.HANGS));
  let grip = plus(times(1 - rest, out), rest, hangs);
  grip = plus(grip, 4 * rest * (1 - rest) * h.FORTH, trunk.along([0, 0, 1]));
  return { grip, way, over: above, up, rest };
}

/**
 * How the palm lies to the bow: along it, down to it, its thumb's side turned up.
 * @param {Posture} posture
 * @param {number} raised  how much less the hand hangs down to the stick
 * @param {number} up
 * @param {number} rest
 * @returns {number[]}
 */
export function holdOf({ level, position, pluck }, raised, up, rest) {
  const low = 1 - level / 3;
  const place = 2 * position - 1; // from the middle of the bow
  const turn = 0.5 + 0.5 * place * (h.IN_MIDDLE + (1 - h.IN_MIDDLE) * place * place);
  return [0, 1, 2].map((i) => {
    let share = h.AT_FROG[i] + turn * h.TO_TIP[i] + low * h.ON_LOW[i] - (i === 1 ? raised : 0);
    share += up * h.RAISED[i];
    share += rest * (h.HANGING_HOLD[i] - share);
    return share + pluck * (h.PLUCKING_HOLD[i] - share);
  });
}

/**
 * The palm's directions at a bow.
 * @param {Vector} tip
 * @param {Vector} over
 * @param {number[]} hold
 * @returns {Matrix}
 */
export function heldPalm(tip, over, [lean, dip, roll]) {
  const forward = unit(plus(plus(cross(tip, over), lean, tip), -dip, over));
  const level = across(over, forward);
  const side = cross(level, forward);
  const [sin, cos] = [Math.sin(roll), Math.cos(roll)];
  return [forward, plus(times(cos, side), sin, level), plus(times(cos, level), -sin, side)];
}

/**
 * Where the right elbow points: higher with the strings' level; an arm that rests hangs.
 * @param {Trunk} trunk
 * @param {Posture} posture
 * @param {number} rest
 * @returns {Vector}
 */
export function elbowPole(trunk, { level, position, pluck }, rest) {
  const low = (1 - level / 3) * (1 - rest);
  const bowed = position * (1 - rest) * (1 - pluck);
  const raised = plus(plus(h.ELBOW, low, h.ELBOW_ON_LOW), bowed, h.ELBOW_AT_TIP);
  return trunk.along(plus(times(1 - rest, raised), rest, h.ELBOW_HANGS));
}
