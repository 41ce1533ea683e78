/** A violinist: notes in as they become known, frames in metres out as they become due (`inference/violin/musician.py`). */

import { rates, violinClocks, violinHabitsOfBow, violinPlayer } from "../generated/constants.js";
import { ofAxes } from "../geometry/quaternions.js";
import { across, cross, minus, plus, unit } from "../geometry/vectors.js";
import { BowMemory } from "./memory.js";
import { ViolinPlanner } from "./planner.js";
import { posedPlan } from "./posing.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../musician/frame.js").Frame} Frame
 */

export const EVERY = 4; // steps in a frame
export const RATE = EVERY * rates.VIDEO_FPS; // steps/s

export class Violinist {
  /**
   * @param {"file" | "usual" | "low"} latency
   * @param {Partial<import("./bow_arm.js").BowSettings>} [habits]
   */
  constructor(latency, habits = {}) {
    this.habits = { ...violinHabitsOfBow, ...habits };
    this.clock = violinClocks[latency];
    this.planner = new ViolinPlanner(this.habits, RATE, this.clock.lead, this.clock.chord);
    this.memory = new BowMemory();
  }

  /** Number of the next frame. */
  get frame() {
    return Math.ceil(this.memory.step / EVERY);
  }

  /** How far beyond a frame's moment notes must be known. */
  get aheadSeconds() {
    return this.clock.lead / RATE;
  }

  /** @param {import("../hearing/picking.js").Heard} heard */
  tell(heard) {
    this.planner.hearing.tell(heard.begun);
    for (const { pitch, at } of heard.ended) this.planner.hearing.tellEnd(pitch, at);
  }

  /** @param {ArrayLike<number>} decibels  of the frames that follow */
  tellLevels(decibels) {
    this.planner.hearing.tellLevels(decibels);
  }

  /**
   * The frames that are due when everything up to a moment is known.
   * @param {number} seconds
   */
  playUntil(seconds) {
    return this.play(Math.floor((seconds - this.clock.lead / RATE) * RATE + 1e-6) + 1);
  }

  /**
   * All frames before this one; nothing more will be told.
   * @param {number} frame
   */
  playTo(frame) {
    return this.play(frame * EVERY);
  }

  /**
   * @param {number} end  all steps before it
   * @returns {Frame[]}
   */
  play(end) {
    const first = this.frame;
    const plans = this.planner.plan(Math.max(0, end - this.memory.step), this.memory, EVERY);
    return plans.map((plan, i) => {
      const posed = posedPlan(plan, (first + i) / rates.VIDEO_FPS, this.habits.amplitude);
      return inTheRoom(posed);
    });
  }
}

/**
 * A violinist who stands, the violin and the bow, in the room that motions have (`musician/staging.py`).
 * @param {import("../musician/violin_posture.js").PosedViolinist} posed
 * @returns {Frame}
 */
function inTheRoom(posed) {
  const raise = (/** @type {Vector} */ place) => plus(place, violinPlayer.body.hips, [0, 1, 0]);
  const along = unit(minus(posed.scroll, posed.button));
  const { toTip } = posed;
  const over = across(posed.upwards, toTip);
  return {
    joints: posed.joints.map(raise),
    props: {
      violin: { place: raise(posed.button), turn: ofAxes(along, posed.normal, cross(along, posed.normal)) },
      bow: { place: raise(posed.held), turn: ofAxes(toTip, over, cross(toTip, over)) },
    },
    keys: null,
  };
}
