/** How the bow moves through strokes that are known a little ahead (`inference/violin/bow_arm.py`). */

import { bowArm as a, violinWays } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { smoothstep as smoothed } from "../musician/kinematics.js";

/**
 * @typedef {import("./memory.js").BowMemory} BowMemory
 * @typedef {{amplitude: number, smoothness: number, speed: number, shortest_stroke: number, centre: number,
 *   start: number, reversal: number}} BowSettings
 */

export class BowArm {
  /**
   * @param {BowSettings} habits
   * @param {number} rate  steps per second
   * @param {number} lead  steps by which the music is known ahead
   */
  constructor(habits, rate, lead) {
    this.habits = habits;
    this.rate = rate;
    this.lead = Math.max(lead, 1);
    this.turning = habits.reversal * habits.smoothness; // s
  }

  /**
   * Begin the strokes that are due.
   * @param {BowMemory} m
   */
  turn(m) {
    let begun = false;
    while (m.strokes.length && m.strokes[0] <= m.step) {
      m.played = /** @type {number} */ (m.strokes.shift());
      m.direction = m.retake ? 1 : -m.direction;
      m.retake = false;
      begun = true;
    }
    return begun;
  }

  /**
   * Advance the bow by one step; returns its signed speed, bow lengths per second.
   * @param {number} decibels  about the music's mean
   * @param {number | null} coming  the step at which sound begins, where it is known
   * @param {BowMemory} m
   */
  move(decibels, coming, m) {
    if (!m.on) {
      this.setAnew(coming, m);
      return 0;
    }
    const { habits, rate } = this;
    const { direction, position } = m;
    const ending = m.sound.find(([, on]) => !on)?.[0] ?? null;
    let until = m.strokes.length ? m.strokes[0] : null;
    if (ending !== null && (until === null || ending < until)) until = ending;
    let speed =
      habits.speed * habits.amplitude * Math.min(Math.max(10 ** (a.PER_DECIBEL * decibels), a.LEAST), a.MOST);
    speed *= this.shareOfTime(until, m);
    speed *= Math.exp(-a.OFF_CENTRE * direction * (position - habits.centre));
    const room = direction > 0 ? 0.985 - position : position - 0.015;
    if (until !== null) speed = Math.min(speed, (Math.max(room, 0) * rate) / Math.max(until - m.step, 1));
    else if (room < 0.03 && m.step - m.played > 0.5 * rate) {
      until = m.step + 1; // out of bow under a long note: change it
      m.strokes.unshift(until);
    }
    speed = Math.min(
      Math.max(speed, until === null ? a.SLOWEST : 0),
      Math.max(room, 0) / a.HELD_BACK,
      a.FASTEST,
    );
    let turning = (m.step - m.played + 0.5) / rate;
    if (until !== null) turning = Math.min(turning, (until - m.step - 0.5) / rate);
    if (turning < this.turning) speed *= Math.max(turning, 0) / this.turning;
    m.position = position + (direction * speed) / rate;
    return direction * speed;
  }

  /**
   * How much slower than in a short stroke the bow goes.
   * @param {number | null} until
   * @param {BowMemory} m
   */
  shareOfTime(until, m) {
    if (until !== null) return 1 / (1 + (a.LONGER * Math.max(until - m.played, 1)) / this.rate);
    return 1 / (1 + (a.LONGER * Math.max(m.step - m.played, 0)) / this.rate) ** 2;
  }

  /**
   * Metres that the hair is to be nearer to the fingerboard: softer and faster, not in high positions.
   * @param {number} loudness
   * @param {number} speed
   * @param {BowMemory} m
   */
  contact(loudness, speed, m) {
    const lower = a.LOWER * (violinWays.FIRST_POSITION - m.place);
    const wanted =
      a.SOFTER * (a.USUAL_LOUDNESS - loudness) + a.FASTER * (Math.abs(speed) - a.USUAL_SPEED) + lower;
    return within(wanted, -a.FARTHEST, a.FARTHEST);
  }

  /**
   * In a rest that is long enough, the lifted bow goes to where the next down-bow begins.
   * @param {number | null} coming
   * @param {BowMemory} m
   */
  setAnew(coming, m) {
    const silence = (m.step - m.since) / this.rate;
    const ahead = coming === null ? Infinity : Math.max((coming - m.step) / this.rate, 1 / this.rate);
    if (m.retake || silence + Math.min(ahead, 0.3) > a.RETAKE_REST) {
      m.retake = true;
      const way = this.habits.start - m.leftAt;
      const pace = Math.max(1 / Math.max(0.5, Math.abs(way) / a.RETAKE_SPEED), (1 - m.travel) / ahead);
      m.travel = Math.min(1, m.travel + pace / this.rate);
      const lacking = m.leftAt + way * smoothed(m.travel) - m.position;
      // in a short rest it does not come so far, and the stroke begins where it is
      const most = a.FASTEST / this.rate;
      m.position += within(lacking, -most, most);
    }
  }

  /**
   * In a rest: a little above the string when it is short, down at the side when it is long.
   * @param {number | null} coming
   * @param {BowMemory} m
   */
  lift(coming, m) {
    const silence = (m.step - m.since) / this.rate;
    let wanted = a.READY * smoothed(silence / 0.25) + a.BESIDE * smoothed(silence - 0.4);
    wanted += a.AWAY * smoothed((silence - 1.6) / 1.5) * (this.lead >= this.rate ? 1 : a.WAITS);
    wanted += this.plucking(m)[0] * (a.PLUCKING - wanted);
    if (coming !== null) wanted *= smoothed((coming - m.step) / Math.min(this.lead, a.RAISES * this.rate));
    m.height = wanted;
  }

  /**
   * How much the hand is about to pluck, and how far its finger is down on a string, 0 to 1 both.
   * @param {BowMemory} m
   * @returns {[number, number]}
   */
  plucking(m) {
    if (!m.plucks.length) return [0, 0];
    let [last, next, nearest] = [Infinity, Infinity, Infinity];
    const silence = (m.step - m.since) / this.rate;
    for (const step of m.plucks) {
      const seconds = (step - m.step) / this.rate;
      // not before what was bowed
      if (seconds <= 0) last = -silence <= seconds ? Math.min(last, -seconds) : last;
      else next = Math.min(next, seconds);
      nearest = Math.min(nearest, Math.abs(seconds));
    }
    const reach = Math.min(a.PLUCKS_REACH, this.lead / this.rate);
    const comes = Math.min(reach, silence + next); // not while the bow still sounds
    const leaves = 1 - smoothed((last - a.PLUCKS_ON) / a.PLUCKS_REACH);
    let ready = Math.max(leaves, smoothed(1 - next / Math.max(comes, 1e-6)));
    const sounds = m.sound.find(([, on]) => on)?.[0] ?? Infinity;
    const bowed = (sounds - m.step) / this.rate;
    if (bowed < next) ready *= smoothed(bowed / Math.max(Math.min(reach, last + bowed), 1e-6)); // back on the strings in time
    return [ready, smoothed(1 - nearest / a.PLUCK_SECONDS)];
  }
}
