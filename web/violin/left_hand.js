/** What the violinist does with the left hand and the string crossings (`inference/violin/left_hand.py`). */

import { bowing, leftHand as l } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { smoothstep as smoothed } from "../musician/kinematics.js";
import { downOf } from "./memory.js";

/**
 * @typedef {import("./memory.js").BowMemory} BowMemory
 * @typedef {import("./memory.js").Played} Played
 */

export class LeftHand {
  /**
   * @param {{smoothness: number}} habits
   * @param {number} rate  steps per second
   */
  constructor({ smoothness }, rate) {
    this.rate = rate;
    this.slow = smoothness;
    this.rise = 1 / (0.1 * smoothness * rate); // of a finger, per step
    this.elbowSteps = 0.5 * l.ELBOW_SECONDS * smoothness * rate; // of each of two smoothings
    this.travel = l.FASTEST_SHIFT / rate; // semitones per step at most
    this.slide = 1 / (0.025 * rate); // of the way to another string or stop, per step
    this.held = 0.15 * rate; // steps of rest after which fingers rise
  }

  /**
   * String crossings, shifts and fingers on the way to the next notes; returns the note that is played.
   * @param {BowMemory} m
   * @returns {Played | null}
   */
  move(m) {
    const { slow, rate } = this;
    const { notes, step: moment } = m;
    while (notes.length > 1 && notes[1].step <= moment) notes.shift();
    /** @type {Played | null} */
    let current = null;
    let ahead = notes[0] ?? null;
    let [stringGoal, placeGoal] = [m.string, m.place];
    if (ahead && ahead.step <= moment) {
      current = ahead;
      ahead = notes[1] ?? null;
      [stringGoal, placeGoal] = [current.string, current.place];
    }
    let [stringTime, placeTime] = [0, 0];
    const late = m.on ? l.ARRIVES * slow : 0; // so that what sounds keeps its string until the next one sounds
    if (current) stringTime = Math.max(late - (moment - current.step) / rate, 0);
    let elbow = stringGoal;
    if (ahead) {
      const left = (ahead.step - moment) / rate;
      let crossing = (0.05 + 0.06 * Math.abs(ahead.string - m.string)) * slow;
      // what sounds keeps its string for half of its time
      if (current) crossing = Math.min(crossing, (0.5 * (ahead.step - current.step)) / rate);
      if (left <= crossing - late) [stringGoal, stringTime] = [ahead.string, left + late];
      if (left <= this.shiftTakes(current, ahead, m))
        [placeGoal, placeTime] = [ahead.place, Math.max(left - l.SHIFTED, 0)];
      if (left <= l.ELBOW_AHEAD * slow) elbow = ahead.string;
    }
    if (m.string !== stringGoal) {
      const fastest = l.HAND_CROSSES / (l.STRING_ANGLE * (m.position * bowing.BOW_LENGTH + l.WRIST_BEYOND));
      const most = Math.min(l.FASTEST_CROSSING, fastest) / rate;
      m.string = this.approach(m.string, stringGoal, stringTime, most);
    }
    const stood = m.place;
    if (m.place !== placeGoal) m.place = this.approach(m.place, placeGoal, placeTime, this.travel);
    m.towardLevel += (elbow - m.towardLevel) / this.elbowSteps;
    m.level += (m.towardLevel - m.level) / this.elbowSteps;
    this.fingers(current, ahead, m.place - stood, m);
    return current;
  }

  /**
   * Seconds before the next note at which the hand sets out for it; what sounds keeps half of its time.
   * @param {Played | null} current
   * @param {Played} ahead
   * @param {BowMemory} m
   */
  shiftTakes(current, ahead, m) {
    const far = Math.abs(ahead.place - (current ? current.place : m.place));
    const takes = Math.min(l.SHIFT + l.SHIFT_FARTHER * far, l.SHIFT_MOST) * this.slow;
    if (!m.on) return Math.max(takes, l.SHIFT_IN_REST * this.slow);
    return current ? Math.min(takes, (0.5 * (ahead.step - current.step)) / this.rate) : takes;
  }

  /**
   * One step of an even movement that arrives in the given time.
   * @param {number} value
   * @param {number} goal
   * @param {number} seconds
   * @param {number} most  per step
   */
  approach(value, goal, seconds, most) {
    return value + within((goal - value) / Math.max(seconds * this.rate, 1), -most, most);
  }

  /**
   * Fingers down and up; in a shift all go with the hand, but those that keep their stop.
   * @param {Played | null} current
   * @param {Played | null} ahead
   * @param {number} shift  semitones that the hand has just gone
   * @param {BowMemory} m
   */
  fingers(current, ahead, shift, m) {
    const sounding = m.on || (m.plucks.length > 0 && m.plucks[0] <= m.step);
    const silent = !sounding && m.step - m.since > this.held;
    const held = silent ? null : current;
    const left = ahead ? (ahead.step - m.step) / (this.rate * this.slow) : Infinity;
    const comes = ahead && left <= (ahead.place === m.place ? l.COMES_DOWN : l.COMES_DOWN_SHIFTED);
    m.fingers.forEach((finger, i) => {
      const now = held && downOf(held, i + 1);
      const soon = ahead && comes ? downOf(ahead, i + 1) : null;
      if (soon && now && soon[0] === now[0] && soon[1] === now[1]) return this.putDown(finger, soon);
      finger[2] += shift;
      if (soon && ahead && (!now || left <= l.LEAVES))
        this.putDown(finger, [soon[0], soon[1] + m.place - ahead.place]);
      else if (now && held) this.putDown(finger, [now[0], now[1] + m.place - held.place]);
      else if (finger[0] > 0) finger[0] = Math.max(finger[0] - this.rise, 0);
    });
  }

  /**
   * @param {[number, number, number]} finger
   * @param {[number, number]} to  string and stop
   */
  putDown(finger, [toString, toStop]) {
    const [, string, stop] = finger;
    const down = Math.min(finger[0] + this.rise, 1);
    const share = down <= 1.5 * this.rise ? 1 : this.slide;
    finger[0] = down;
    finger[1] = string + share * (toString - string);
    finger[2] = stop + share * (toStop - stop);
  }

  /**
   * Depth of the vibrato: long stopped notes, growing in, gone before the next note.
   * @param {Played | null} note
   * @param {BowMemory} m
   */
  vibrato(note, m) {
    if (!note || !note.fingers.length || !m.on) return 0;
    const into = (m.step - note.step) / this.rate;
    const left = m.notes.length > 1 ? (m.notes[1].step - m.step) / this.rate : Infinity;
    return smoothed((into - 0.12) / 0.25) * Math.min(1, left / 0.08);
  }
}

/**
 * How far a finger is down, 0 to 1, that goes from string to string: over the strings, not through them.
 * @param {number} down
 * @param {number} string
 */
export function lifted(down, string) {
  const between = string % 1;
  return down * (1 - 4 * l.HOPS * between * (1 - between));
}

/**
 * Fingers that would pass each other kept apart, as far as they are not down.
 * @param {number[]} down
 * @param {number[]} reach
 */
export function inOrder(down, reach) {
  const apart = [...reach];
  const free = down.map((share) => Math.min(2 - 2 * share, 1));
  for (let f = 1; f < apart.length; f++) {
    const lacking = apart[f - 1] + l.APART - apart[f];
    apart[f] += Math.max(lacking, 0) * free[f];
  }
  for (let f = apart.length - 2; f >= 0; f--) {
    const lacking = apart[f] + l.APART - apart[f + 1];
    apart[f] -= Math.max(lacking, 0) * free[f];
  }
  return apart;
}
