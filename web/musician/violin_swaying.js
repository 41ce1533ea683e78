/** How a violinist's body moves about its posture (`musician/violin_swaying.py`). */

import { violinSwaying as s } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";

/** @typedef {import("../geometry/vectors.js").Vector} Vector */

/**
 * Share of its movement that a body keeps at a loudness of 0 to 1.
 * @param {number} loud
 */
export const liveliness = (loud) => 0.35 + 0.65 * within(loud * 2, 0, 1);

/**
 * Turn to the left, lean to the front, lean to the side, radians.
 * @param {number} sway
 * @param {number} loud
 * @param {number} bow  where the bow is, from its middle
 * @param {number} breath
 * @param {number[]} waves
 * @returns {Vector}
 */
export const torsoAngles = (sway, loud, bow, breath, [yaw, pitch, roll]) => [
  sway * 0.045 * yaw - 0.05 * bow,
  s.STOOP + sway * (0.022 * pitch + 0.05 * (loud - 0.5)) - 0.03 * breath,
  sway * 0.032 * roll + 0.03 * bow,
];

/**
 * Metres that breathing (-1 to 1) and the lift before a phrase raise the shoulders.
 * @param {number} breathing
 * @param {number} breath
 */
export const shoulderRise = (breathing, breath) => 0.004 * breathing + 0.01 * breath;

/**
 * Slope, heading and tilt of the violin, radians.
 * @param {Vector} held  about which they move
 * @param {number} sway
 * @param {number} loud
 * @param {number} breath
 * @param {number[]} waves
 * @returns {Vector}
 */
export const violinAngles = (held, sway, loud, breath, [slope, heading, tilt]) => [
  held[0] + sway * (0.035 * slope + 0.1 * (loud - 0.5)) + 0.05 * breath,
  held[1] + sway * 0.025 * heading,
  held[2] + 0.02 * tilt,
];

/**
 * Radians by which the frog is nearer to the scroll than at a right angle to the strings.
 * @param {number} position  where the hair touches the string, 0 frog to 1 tip
 * @param {number} wave
 */
export const bowSkew = (position, wave) =>
  within(s.SWINGS * (0.5 - position) + s.WANDERS * wave, -s.MOST_SKEW, s.MOST_SKEW);

/**
 * The head turned left, nodding a little, leaning onto the violin, radians.
 * @param {number} sway
 * @param {number} breath
 * @param {number[]} waves
 * @returns {Vector}
 */
export const headAngles = (sway, breath, [turn, nod, lean]) => [
  s.TURN + sway * 0.05 * turn,
  s.NOD + sway * 0.04 * nod - 0.05 * breath,
  s.LEAN + sway * 0.02 * lean,
];
