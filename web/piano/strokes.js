/** The strokes before and after a frame: until when fingers stay on keys, and how far they have come to the next
 * (`inference/piano/strokes.py`). A hand is at one place: before a leap it lets go of what it leaves behind. */

import { keyboard as k, notes, pianoStrokes as p } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { smoothstep } from "../musician/kinematics.js";

/**
 * @typedef {import("./presses.js").Press} Press
 * @typedef {{start: number, end: number, pitch: number, loud: number, place: number}} Stroke
 * @typedef {{way: number, start: number}} Way  px that a hand goes to a later stroke, and the stroke's frame
 */

export const NEVER = p.NEVER;
/** @type {Stroke} */
const NONE = { start: -NEVER, end: -NEVER, pitch: 0, loud: 0, place: NaN };

/**
 * The latest stroke and the next one that is known.
 * @param {Press[]} presses  by start
 * @param {number} frame
 * @param {number} known  frames ahead
 * @returns {[Stroke, Stroke]}
 */
export function around(presses, frame, known) {
  /** @type {(press: Press) => Stroke} */
  const stroke = ({ start, end, pitch, velocity, place }) => ({
    start,
    end,
    pitch,
    loud: velocity / notes.LOUDEST,
    place,
  });
  let [was, will] = [NONE, NONE];
  for (const press of presses) {
    if (press.start <= frame) was = stroke(press);
    else {
      if (press.start <= frame + known) will = stroke(press);
      break;
    }
  }
  return [was, will];
}

/**
 * Frames that a hand needs at least for a way, px, of which its fingers cannot make up a part.
 * @param {number} way
 */
const leapFrames = (way) => (way >= p.TOO_FAR ? Math.ceil(way / p.LEAP_PX_A_FRAME) : 0);

/**
 * Frames at which a way to a key ends: before the stroke where there is time, in a hurry at the stroke.
 * @param {number} setOut
 * @param {number} start
 * @param {number} way  px
 */
export const arrival = (setOut, start, way) =>
  Math.min(Math.max(setOut + Math.max(p.READY, leapFrames(way)), start - p.READY), start);

/**
 * How much of a way is gone after a share of its time: gently, but for leaps, which are more even.
 * @param {number} share
 * @param {number} way
 */
export function progress(share, way) {
  const gently = smoothstep(share);
  return way >= p.TOO_FAR ? 0.5 * (gently + within(share, 0, 1)) : gently;
}

/**
 * How far hands go from the last key of each finger to the keys that its hand strikes later: the next ones of all five
 * fingers, then the last ones, where they came later than this finger's.
 * @param {[Stroke, Stroke][]} ofFinger
 * @returns {Way[][]} by finger
 */
export function waysToStrokes(ofFinger) {
  /** @type {(stroke: Stroke, finger: number) => number} */
  const asked = (stroke, finger) => (stroke.pitch > 0 ? k.KEY_X[stroke.pitch] - k.SPREAD[finger] : NaN);
  return ofFinger.map(([own], finger) => {
    const first = finger - (finger % k.FINGERS);
    const from = asked(own, finger);
    /** @type {Way[]} */
    const ways = [];
    for (const which of [1, 0])
      for (let other = first; other < first + k.FINGERS; other++) {
        const stroke = ofFinger[other][which];
        const later = which === 1 || stroke.start > own.start;
        const way = later ? Math.abs(from - asked(stroke, other)) : NaN;
        ways.push({ way: Number.isNaN(way) ? 0 : way, start: stroke.start });
      }
    return ways;
  });
}

/**
 * Frames at which fingers let go of their last keys: in time for a leap of their hand.
 * @param {[Stroke, Stroke][]} ofFinger
 * @param {Way[][]} ways
 */
export function letGo(ofFinger, ways) {
  return ofFinger.map(([was], finger) => {
    let end = was.end;
    for (const { way, start } of ways[finger]) {
      if (way < p.TOO_FAR) continue;
      const needs = leapFrames(way);
      // without time to be early, half of it is the note's
      const takes = Math.min(needs + p.READY, Math.max(Math.floor((start - was.start) / 2), needs));
      end = Math.min(end, start - takes + 1); // the last frame on the key is the first of the leap
    }
    return Math.max(end, Math.min(was.start + 1, was.end));
  });
}

/**
 * Frames at which hands have let go of all that lies far from the next keys of their fingers.
 * @param {number[]} ends
 * @param {Way[][]} ways
 */
export function released(ends, ways) {
  const free = Array(k.HANDS).fill(-NEVER);
  ways.forEach((own, finger) => {
    if (own.slice(0, k.FINGERS).some(({ way }) => way >= p.TOO_FAR))
      free[k.HAND_OF[finger]] = Math.max(free[k.HAND_OF[finger]], ends[finger] - 1);
  });
  return free;
}

/**
 * How much fingers that have let go are needed with their hand at keys far away, 0 to 1.
 * @param {number[]} ends
 * @param {number[]} coming
 * @param {number} frame
 * @param {Way[][]} ways
 */
export function askedElsewhere(ends, coming, frame, ways) {
  return ends.map((end, finger) => {
    if (frame < end) return 0;
    const first = finger - (finger % k.FINGERS);
    return Math.max(
      ...ways[finger].map(({ way }, i) => {
        const there = i < k.FINGERS ? coming[first + i] : 1;
        return smoothstep((way - p.TOGETHER) / (p.TOO_FAR - p.TOGETHER)) * there;
      }),
    );
  });
}

/**
 * How far fingers have come to their next keys, 0 to 1; not before their hand has left keys afar.
 * @param {[Stroke, Stroke][]} ofFinger
 * @param {number[]} ends
 * @param {number} frame
 * @param {number} known
 * @param {Way[][]} ways
 */
export function comingTo(ofFinger, ends, frame, known, ways) {
  return ofFinger.map(([, will], finger) => {
    if (!(will.pitch > 0)) return 0;
    const first = finger - (finger % k.FINGERS);
    let [afar, far] = [-NEVER, 0];
    for (let other = first; other < first + k.FINGERS; other++) {
      const { way } = ways[other][finger - first];
      if (way >= p.TOO_FAR) afar = Math.max(afar, ends[other]);
      if (ends[other] > will.start - p.SETS_OUT - p.READY) far = Math.max(far, way);
    }
    const early = Math.min(Math.max(p.SETS_OUT, leapFrames(far) + p.READY), known);
    const free = ends[finger] > afar ? ends[finger] : afar - 1;
    const setOut = Math.min(Math.max(will.start - early, free), will.start);
    return progress((frame - setOut) / Math.max(arrival(setOut, will.start, far) - setOut, 0.5), far);
  });
}
