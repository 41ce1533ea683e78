/** How the violinist of a plan stands and sways (`inference/violin/posing.py`). */

import { violinPosing as p, violinPlayer } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { poseViolinist } from "../musician/violin_posture.js";
import * as swaying from "../musician/violin_swaying.js";
import { distanceFromNut } from "../musician/violin_ways.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("./planner.js").Plan} Plan
 */

/**
 * The body's slow movements at a moment.
 * @param {number} moment  seconds
 */
export function swayAt(moment) {
  const { frequency, phase } = violinPlayer.waves;
  return frequency.map((/** @type {number[]} */ row, /** @type {number} */ i) => {
    const sum = row.reduce((all, hz, k) => all + Math.sin(2 * Math.PI * moment * hz + phase[i][k]), 0);
    return sum / Math.sqrt(row.length / 2);
  });
}

/**
 * Joints and instrument of a planned step.
 * @param {Plan} plan
 * @param {number} moment  seconds
 * @param {number} amplitude
 */
export function posedPlan(plan, moment, amplitude) {
  const player = violinPlayer;
  const waves = swayAt(moment);
  const loud = within(p.LOUD * plan.loud, 0, 1);
  const sway = player.sway * amplitude * swaying.liveliness(loud);
  const breath = plan.breath * player.sway;
  const [yaw, pitch, roll] = swaying.torsoAngles(sway, loud, plan.leaning, plan.breath, waves.slice(1, 4));
  /** @type {Vector} */
  const held = [player.slope, player.heading, player.roll];
  const [slope, heading, tilt] = swaying.violinAngles(held, sway, loud, breath, waves.slice(4, 7));
  const [turn, nod, lean] = swaying.headAngles(player.sway, plan.breath, waves.slice(7));
  return poseViolinist(player.body, {
    ...plan,
    ...{ yaw, pitch, roll, slope, heading, tilt, turn, nod, lean },
    skew: swaying.bowSkew(plan.position, waves[5]),
    rise: swaying.shoulderRise(Math.sin((2 * Math.PI * moment) / 3.8), breath),
    vibrato: plan.vibrato * Math.sin(2 * Math.PI * player.vibrato * moment + 0.4 * waves[0]),
    reach: plan.reach.map(distanceFromNut),
  });
}
