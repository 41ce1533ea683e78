/** A pianist: notes in as they become known, frames in metres out as they become due (`inference/piano/player.py`). */

import {
  handModel,
  handSettings,
  keyboard as k,
  pianoClocks,
  pianoFingertips,
  pianoKeys,
  pianoPlayer,
} from "../generated/constants.js";
import { pianoTargets, rates, restPose, layout } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { HandPlanner } from "./planner.js";
import { posePianist } from "./posing.js";
import { KeyPlanner } from "./presses.js";
import { Touch } from "./touch.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../musician/frame.js").Frame} Frame
 * @typedef {import("./presses.js").Press} Press
 * @typedef {{run(features: Float32Array, steps: number): Promise<Float32Array>}} PlacesNet
 *   the net that learnt places from people: features [steps, 52] in, targets [steps, 72] out, state kept
 */

const { VIDEO_FPS } = rates;
const COUNT = pianoTargets.COORDINATES;
const WIDTH = COUNT * pianoTargets.DELAYS.length;
/** Where the fingertips stand among the joints. */
const TIPS = ["left", "right"].flatMap((side) =>
  ["thumb", "index", "middle", "ring", "little"].map((finger) =>
    layout.points.indexOf(`${side}_hand_${finger}_4`),
  ),
);

export class Pianist {
  /**
   * @param {"file" | "usual" | "low"} latency
   * @param {PlacesNet} net
   * @param {Partial<import("./planner.js").HandSettings>} [settings]
   */
  constructor(latency, net, settings = {}) {
    this.clock = pianoClocks[latency];
    this.net = net;
    this.column = pianoTargets.DELAYS.indexOf(this.clock.delay) * COUNT;
    const rest = handsOf(restPose, 0);
    const own = { ...handSettings, ...settings };
    const calmed = { ...own, slow: own.slow / this.clock.calm, fast: own.fast / this.clock.calm };
    this.hands = new HandPlanner(calmed, VIDEO_FPS, rest, this.clock.delay);
    this.keys = new KeyPlanner(this.clock.ahead, this.clock.delay, this.clock.within);
    this.touch = new Touch();
    /** @type {Press[]} by start; the latest of every finger, and what comes */
    this.presses = [];
  }

  /** Number of the next frame. */
  get frame() {
    return Math.max(0, this.keys.step - this.clock.delay);
  }

  /** How far beyond a frame's moment notes must be known. */
  get aheadSeconds() {
    return (
      (this.clock.delay + this.clock.ahead + this.clock.within) / VIDEO_FPS + pianoPlayer.ROUNDING_SECONDS
    );
  }

  /** @param {import("../hearing/picking.js").Heard} heard */
  tell(heard) {
    this.keys.tell(heard.begun);
    for (const { pitch, at } of heard.ended) this.keys.tellEnd(pitch, at);
  }

  /** A pianist's hands follow the strokes alone. */
  tellLevels() {}

  /**
   * The frames that are due when everything up to a moment is known.
   * @param {number} seconds
   */
  playUntil(seconds) {
    const frame = Math.floor((seconds - this.aheadSeconds) * VIDEO_FPS + 1e-6);
    return this.play(Math.max(0, frame + this.clock.delay + 1 - this.keys.step));
  }

  /**
   * All frames before this one; nothing more will be told.
   * @param {number} frame
   */
  playTo(frame) {
    return this.play(Math.max(0, frame + this.clock.delay - this.keys.step));
  }

  /**
   * @param {number} steps
   * @returns {Promise<Frame[]>}
   */
  async play(steps) {
    const [firstStep, first] = [this.keys.step, this.frame];
    const told = new Float32Array(steps * pianoPlayer.TOUCH_COUNT);
    for (let i = 0; i < steps; i++) {
      const pressed = this.keys.next();
      this.presses.push(...pressed);
      told.set(this.touch.step(firstStep + i, pressed, this.keys.held.values()), i * pianoPlayer.TOUCH_COUNT);
    }
    const values = steps ? await this.net.run(told, steps) : told;
    this.presses.sort((a, b) => a.start - b.start);
    /** @type {Frame[]} */
    const frames = [];
    for (let i = Math.max(0, this.clock.delay - firstStep); i < steps; i++) {
      const net = handsOf(values, i * WIDTH + this.column);
      /** @type {number} */
      const frame = first + frames.length;
      frames.push(inTheRoom(this.hands.plan(net, frame, this.presses), frame));
    }
    this.forget(first + frames.length);
    return frames;
  }

  /**
   * Drop the strokes that no later frame looks back to.
   * @param {number} frame
   */
  forget(frame) {
    /** @type {Map<number, number>} */
    const latest = new Map();
    for (const { finger, start } of this.presses)
      if (start <= frame) latest.set(finger, Math.max(latest.get(finger) ?? start, start));
    this.presses = this.presses.filter(({ finger, start }) => start >= (latest.get(finger) ?? start));
  }
}

/**
 * Twelve points by hand, wrist first.
 * @param {ArrayLike<number>} values
 * @param {number} from
 * @returns {import("./planner.js").Place[][]}
 */
function handsOf(values, from) {
  return [0, 1].map((hand) =>
    Array.from({ length: 6 }, (_, point) => {
      const at = from + 2 * (6 * hand + point);
      return [values[at], values[at + 1]];
    }),
  );
}

/**
 * A pianist who sits, and the keyboard, in the room that motions have (`musician/staging.py`).
 * @param {import("./planner.js").Hands} hands
 * @param {number} frame
 * @returns {Frame}
 */
function inTheRoom(hands, frame) {
  const breath = Math.sin((2 * Math.PI * (frame / VIDEO_FPS)) / pianoPlayer.BREATH_SECONDS);
  const joints = posePianist(hands, breath);
  const keys = new Float64Array(88);
  hands.pressed.forEach((pitch, finger) => {
    if (!pitch) return;
    const surface = handModel.SURFACE + (k.IS_BLACK[pitch] ? pianoKeys.BLACK_RAISE : 0);
    keys[pitch - pianoKeys.LOWEST] = within(
      surface - joints[TIPS[finger]][1],
      pianoFingertips.DIP,
      pianoKeys.KEY_DIP,
    );
  });
  const raise = pianoKeys.KEY_HEIGHT - handModel.SURFACE;
  return {
    joints: joints.map(([x, y, z]) => /** @type {Vector} */ ([x, y + raise, z])),
    props: { keyboard: { place: [0, pianoKeys.KEY_HEIGHT, handModel.SEAT], turn: [0, 0, 0, 1] } },
    keys,
  };
}
