/** From the net's hands and the keys that fingers press to hands that set out, strike, hold and leave
 * (`inference/piano/planner.py`), frame by frame. */

import { humanHands, keyboard as k, pianoPlanner as p } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { smoothstep } from "../musician/kinematics.js";
import { height, inOrder, ontoKeys, withinReach } from "./fingertips.js";
import {
  NEVER,
  around,
  arrival,
  askedElsewhere,
  comingTo,
  letGo,
  progress,
  released,
  waysToStrokes,
} from "./strokes.js";

/**
 * @typedef {import("./presses.js").Press} Press
 * @typedef {import("./fingertips.js").Place} Place
 * @typedef {{amplitude: number, smoothness: number, gain: number, slow: number, fast: number, reach: number,
 *   slack: number}} HandSettings
 * @typedef {{points: Place[][], wristHeight: number[], tipHeight: number[], lean: number, weight: number,
 *   pressed: number[]}} Hands  points by hand, wrist first; heights in metres; pitches by finger
 * @typedef {import("./strokes.js").Stroke} Stroke
 */

export class HandPlanner {
  /**
   * @param {HandSettings} settings
   * @param {number} rate  frames per second
   * @param {Place[][]} rest  the mean pose
   * @param {number} known  frames before its stroke at which every press is known
   */
  constructor(settings, rate, rest, known) {
    this.settings = settings;
    this.rate = rate;
    this.known = known;
    this.home = rest.map((points) => middleOf(points));
    /** @type {Place[][] | null} the hands as the net has them, smoothed */
    this.place = null;
    this.shift = [0, 0];
    this.lean = 0;
    this.active = 0;
  }

  /**
   * The next frame.
   * @param {Place[][]} hands  the net's
   * @param {number} frame
   * @param {Press[]} presses  of every finger by their start, from the latest one before the frame on
   * @returns {Hands}
   */
  plan(hands, frame, presses) {
    const place = this.travel(hands);
    /** @type {[Stroke, Stroke][]} */
    const ofFinger = [];
    for (let finger = 0; finger < k.ALL_FINGERS; finger++)
      ofFinger.push(
        around(
          presses.filter((press) => press.finger === finger),
          frame,
          this.known,
        ),
      );
    /** @type {[Stroke, Stroke][]} */
    const ofHand = [];
    for (let hand = 0; hand < k.HANDS; hand++)
      ofHand.push(
        around(
          presses.filter((press) => k.HAND_OF[press.finger] === hand),
          frame,
          this.known,
        ),
      );
    const ways = waysToStrokes(ofFinger);
    const ends = letGo(ofFinger, ways);
    const coming = comingTo(ofFinger, ends, frame, this.known, ways);
    const elsewhere = askedElsewhere(ends, coming, frame, ways);
    const leaving = ofFinger.map(([was], i) => this.leaving(was, ends[i], frame) * (1 - elsewhere[i]));
    const flight = this.shifted(place, ofHand, ofFinger, released(ends, ways), frame);
    const bound = leaving.map((share, i) => Math.max(share, coming[i]));
    const tips = ontoKeys(place, ofFinger, leaving, coming);
    const held = ofFinger.map(([was], i) => frame < ends[i] && was.pitch > 0);
    const quiet = ofHand.map(([was]) => frame - was.start);
    const played = Math.exp(-Math.min(Math.min(...quiet), NEVER) / (p.QUIET_SECONDS * this.rate));
    const active = (this.active += this.share(p.ACTIVE_HERTZ) * (played - this.active));
    const high = ofHand.map(([was], hand) => {
      const pulse = (0.5 + 0.5 * was.loud) * Math.exp(-quiet[hand] / (p.PULSE_SECONDS * this.rate));
      return 1e3 * (p.WRIST - p.WRIST_DIP * pulse + 0.5 * p.WRIST_RISE * (1 - active) + flight[hand]);
    });
    const tipHeight = ofFinger.map(
      (strokes, i) =>
        height(strokes, frame, held[i], leaving[i], coming[i]) + (held[i] ? 0 : flight[k.HAND_OF[i]]),
    );
    withinReach(place, tips, bound, high, inMillimetres(tipHeight), inMillimetres(flight));
    inOrder(tips, bound, held);
    place.forEach((points, hand) =>
      points.splice(1, k.FINGERS, ...tips.slice(hand * k.FINGERS, (hand + 1) * k.FINGERS)),
    );
    return {
      points: place,
      wristHeight: high.map((mm) => 1e-3 * mm),
      tipHeight,
      lean: this.leaned(place),
      weight: active,
      pressed: ofFinger.map(([was], i) => (held[i] ? was.pitch : 0)),
    };
  }

  /**
   * Share of the way that a low-pass of this cutoff goes in a frame.
   * @param {number} hertz
   */
  share(hertz) {
    return 1 - Math.exp((-2 * Math.PI * hertz) / this.settings.smoothness / this.rate);
  }

  /**
   * Let the hands stay when they are about right, and go when they are not.
   * @param {Place[][]} wanted
   * @returns {Place[][]}
   */
  travel(wanted) {
    const s = this.settings;
    const follow = this.share(p.SHAPE_HERTZ);
    const placed = wanted.map((points, hand) => {
      const own = middleOf(points);
      const home = this.home[hand];
      const middle = own.map((value, axis) => home[axis] + s.gain * s.amplitude * (value - home[axis]));
      const shape = points.map((point) => point.map((value, axis) => value - own[axis]));
      const before = this.place
        ? this.place[hand]
        : shape.map((point) => point.map((v, axis) => v + middle[axis]));
      const now = middleOf(/** @type {Place[]} */ (before));
      const away = middle.map((value, axis) => value - now[axis]);
      const far = away[0] ** 2 + away[1] ** 2;
      const hertz = s.slow + ((s.fast - s.slow) * far) / (far + s.reach ** 2);
      const went = now.map((value, axis) => value + this.share(hertz) * away[axis]);
      return before.map((point, i) =>
        point.map((value, axis) => {
          const bent = value - now[axis];
          return bent + follow * (shape[i][axis] - bent) + went[axis];
        }),
      );
    });
    this.place = /** @type {Place[][]} */ (placed);
    return /** @type {Place[][]} */ (placed.map((points) => points.map((point) => [...point])));
  }

  /**
   * Let the hands leave the net's places for their fingers' keys; gives how high each one rises on its way, metres.
   * @param {Place[][]} place
   * @param {[Stroke, Stroke][]} ofHand
   * @param {[Stroke, Stroke][]} ofFinger
   * @param {number[]} free  frames at which the hands have let go of what lies far from their next keys
   * @param {number} frame
   * @returns {number[]}
   */
  shifted(place, ofHand, ofFinger, free, frame) {
    const flight = [0, 0];
    for (let hand = 0; hand < k.HANDS; hand++) {
      const [was, will] = ofHand[hand];
      const wrist = place[hand][0][0];
      const from = Number.isFinite(was.place) ? was.place : wrist;
      const known = Number.isFinite(will.place);
      const far = known ? Math.abs(from - will.place) : 0;
      const takes = Math.min(p.READY + p.SHORTEST_WAY + far / p.PX_A_FRAME, this.known);
      const setOut = Math.min(Math.max(will.start - takes, was.start, free[hand]), will.start);
      const arrive = arrival(setOut, will.start, far);
      const gone = known ? progress((frame - setOut) / Math.max(arrive - setOut, 0.5), far) : 0;
      const course = from * (1 - gone) + (known ? will.place : 0) * gone;
      const last = Math.max(
        ...ofFinger.slice(hand * k.FINGERS, (hand + 1) * k.FINGERS).map(([own]) => own.end),
      );
      const bound = Math.max(Math.exp(-Math.max(frame - last, 0) / p.RELAXES), gone);
      const away = course - wrist;
      let shift = bound * (away - within(away, -this.settings.slack, this.settings.slack));
      if (this.known < p.READY) {
        // a hand that does not know what comes is not there at once, its fingers are
        shift = this.shift[hand] += this.share(p.FOLLOW_HERTZ) * (shift - this.shift[hand]);
      }
      for (const point of place[hand]) point[0] += shift;
      const leap = within((far - p.LEAP_FROM) / (p.LEAP_TO - p.LEAP_FROM), 0, 1);
      flight[hand] = p.LEAP_RISE * leap * 4 * gone * (1 - gone);
    }
    return flight;
  }

  /**
   * How much a finger is still on its last key, 0 to 1.
   * @param {Stroke} was
   * @param {number} end  frame at which it lets go
   * @param {number} frame
   */
  leaving(was, end, frame) {
    return was.pitch > 0 ? 1 - smoothstep((frame - end) / (p.LEAVES * this.settings.smoothness)) : 0;
  }

  /**
   * Metres to the high notes from the keyboard's middle: the register the torso turns to.
   * @param {Place[][]} place
   */
  leaned(place) {
    const all = place.flat();
    const middle = all.reduce((sum, point) => sum + point[0], 0) / all.length;
    this.lean += this.share(p.LEAN_HERTZ) * (middle - humanHands.ORIGIN[0] - this.lean);
    return this.lean / humanHands.PIXELS_PER_METRE;
  }
}

/** @param {number[]} metres */
const inMillimetres = (metres) => metres.map((value) => 1e3 * value);

/**
 * @param {Place[]} points
 * @returns {Place}
 */
function middleOf(points) {
  const sum = points.reduce((all, point) => [all[0] + point[0], all[1] + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
