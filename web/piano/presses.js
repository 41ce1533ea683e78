/** From notes that become known to keys that fingers press (`inference/piano/presses.py`). */

import { keyboard as k, pianoFingers, pianoPresses as p, rates } from "../generated/constants.js";
import { Courses, believed } from "./fingers.js";
import { inTime } from "./in_time.js";

/**
 * @typedef {{finger: number, pitch: number, start: number, end: number, velocity: number, place: number,
 *   onset: number}} Press  steps, pixels (millimetres) along the keyboard, seconds
 * @typedef {{step: number, pitch: number, end: number, velocity: number, onset: number, late: boolean}} Waiting
 */

const { VIDEO_FPS } = rates;
const GIVES_UP = pianoFingers.FITS.map(
  (/** @type {number} */ fits) => 2 * Math.sqrt(pianoFingers.LET_GO) * fits,
);

/**
 * The step in which a moment is shown.
 * @param {number} seconds
 * @param {number} within
 */
export const stepOf = (seconds, within) => Math.floor(seconds * VIDEO_FPS + 1 - within);

/** @type {(a: Waiting, b: Waiting) => number} */
const byStep = (a, b) => a.step - b.step || a.pitch - b.pitch;

/** Gives notes to fingers as they become known. */
export class KeyPlanner {
  /**
   * @param {number} ahead  steps by which a decision waits for what follows
   * @param {number} shown  steps by which what is shown runs behind what is decided
   * @param {number} within  of a step: a note that begins this long after a step is still struck in it
   */
  constructor(ahead, shown, within) {
    this.ahead = ahead;
    this.shown = shown;
    this.within = within;
    this.step = 0; // the next to be decided
    this.looked = 0; // the next to be taken into the courses
    this.courses = new Courses();
    /** @type {Waiting[]} by step */
    this.waiting = [];
    /** @type {Waiting[][]} struck together, in the courses, not decided */
    this.groups = [];
    /** @type {[number, number][]} seconds and pitch of keys that will be let go */
    this.ends = [];
    /** @type {Map<number, Press>} the last press of every finger */
    this.held = new Map();
    /** @type {Map<number, number>} step of every key's last stroke, decided or not */
    this.struck = new Map();
  }

  /** @param {{onset: number, pitch: number, velocity: number}[]} notes  whose ends are not known yet */
  tell(notes) {
    for (const { onset, pitch, velocity } of notes) {
      if (pitch < k.LOWEST || pitch > k.HIGHEST) continue;
      const step = Math.max(stepOf(onset, this.within), this.looked); // what lies before has been thought through
      this.waiting.push({ step, pitch, end: Infinity, velocity, onset, late: false });
    }
    this.waiting.sort(byStep);
  }

  /**
   * The note that sounded at this pitch ended: its key is let go.
   * @param {number} pitch
   * @param {number} seconds
   */
  tellEnd(pitch, seconds) {
    this.ends.push([seconds, pitch]);
    this.ends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  }

  /**
   * Decide the next step: what is struck in it.
   * @returns {Press[]}
   */
  next() {
    for (; this.looked <= this.step + this.ahead; this.looked++) this.look(this.looked);
    const pressed = [];
    while (this.groups.length && this.groups[0][0].step <= this.step)
      pressed.push(...this.decide(/** @type {Waiting[]} */ (this.groups.shift())));
    this.step += 1;
    return pressed;
  }

  /** @param {number} step */
  look(step) {
    if (this.waiting.length && this.waiting[0].step <= step) this.strike(step);
    while (this.ends.length && this.ends[0][0] * VIDEO_FPS <= step) {
      const [seconds, pitch] = /** @type {[number, number]} */ (this.ends.shift());
      this.end(pitch, seconds);
    }
  }

  /** @param {number} step */
  strike(step) {
    const later = this.waiting.findIndex((note) => note.step > step);
    const together = this.waiting.splice(0, later < 0 ? this.waiting.length : later);
    const group = this.possible(step, together);
    if (!group.length) return;
    this.groups.push(group);
    this.courses.strike(
      step / VIDEO_FPS,
      group.map((note) => note.pitch),
      group.map((note) => note.end),
    );
  }

  /**
   * Those of the notes that keys and ten fingers can strike in this step; others wait a step or are left.
   * @param {number} step
   * @param {Waiting[]} together
   */
  possible(step, together) {
    /** @type {Map<number, Waiting>} */
    const group = new Map();
    for (const note of [...together].sort((a, b) => b.velocity - a.velocity)) {
      if (group.has(note.pitch)) continue;
      const before = this.struck.get(note.pitch) ?? -p.ANEW;
      if (step - before < p.ANEW || this.mustComeUp(note.pitch, step) || group.size === k.ALL_FINGERS) {
        this.wait(note, step);
      } else group.set(note.pitch, note);
    }
    const notes = [...group.values()].sort((a, b) => a.pitch - b.pitch);
    const struck = this.reached(step, notes);
    notes.filter((_, i) => !struck[i]).forEach((note) => this.wait(note, step));
    this.waiting.sort(byStep);
    const now = notes.filter((_, i) => struck[i]);
    for (const { pitch } of now) this.struck.set(pitch, step);
    return now;
  }

  /**
   * Let a note follow later, if it has not waited already.
   * @param {Waiting} note
   * @param {number} step
   */
  wait(note, step) {
    if (!note.late) this.waiting.push(Object.assign(note, { step: step + p.LATEST, late: true }));
  }

  /**
   * Which notes hands are at in time, by any of the courses.
   * @param {number} step
   * @param {Waiting[]} notes  rising
   */
  reached(step, notes) {
    const hands = this.courses.all.map((course) => {
      const { here, since } = believed(course, step / VIDEO_FPS);
      return { place: here, way: since.map((past) => p.FASTEST * VIDEO_FPS * past) };
    });
    const asked = notes.map(({ pitch, velocity, late }) => ({ x: k.KEY_X[pitch], loud: velocity, late }));
    return inTime(asked, hands);
  }

  /**
   * Whether a key was shown down in the frame before, so that it must be seen to come up first; lets it go.
   * @param {number} pitch
   * @param {number} step
   */
  mustComeUp(pitch, step) {
    if (this.shown) return false;
    const down = [...this.held.values()].filter((press) => press.pitch === pitch && press.end >= step);
    for (const press of down) press.end = step;
    return down.length > 0;
  }

  /**
   * @param {number} pitch
   * @param {number} seconds
   */
  end(pitch, seconds) {
    for (const note of this.groups.flat())
      if (note.pitch === pitch && note.onset < seconds) note.end = Math.min(note.end, seconds);
    for (const press of this.held.values()) {
      if (press.pitch !== pitch || press.onset >= seconds) continue;
      const shown = Math.max(press.start + 1, stepOf(seconds, this.within), this.looked - this.shown);
      press.end = Math.min(press.end, shown);
    }
    this.courses.end(pitch, seconds);
  }

  /**
   * Put fingers on keys, and let go what they held.
   * @param {Waiting[]} group
   */
  decide(group) {
    const { taken, places } = this.courses.decide();
    const pressed = group.map((note) => {
      const finger = taken.indexOf(note.pitch);
      const end = note.end === Infinity ? p.OPEN : Math.max(note.step + 1, stepOf(note.end, this.within));
      const { pitch, step: start, velocity, onset } = note;
      return { finger, pitch, start, end, velocity, place: places[k.HAND_OF[finger]], onset };
    });
    const limit = group[0].step + p.LATEST;
    const alone =
      (!this.waiting.length || this.waiting[0].step > limit) &&
      (!this.groups.length || this.groups[0][0].step > limit);
    if (this.ahead >= p.LATEST && alone)
      for (let hand = 0; hand < k.HANDS; hand++)
        roll(pressed.filter(({ finger }) => k.HAND_OF[finger] === hand));
    for (const press of pressed) this.free(press);
    for (const press of pressed) this.held.set(press.finger, press);
    return pressed;
  }

  /**
   * Let go what a stroke needs: its finger, its key, and keys that its hand leaves behind.
   * @param {Press} stroke
   */
  free(stroke) {
    for (const [finger, press] of this.held) {
      const leftBehind =
        k.HAND_OF[finger] === k.HAND_OF[stroke.finger] &&
        Math.abs(k.KEY_X[press.pitch] - k.SPREAD[finger] - stroke.place) >= GIVES_UP[finger];
      let before = crossed(press, stroke) ? p.GIVES_WAY : 1;
      if (finger === stroke.finger && press.pitch !== stroke.pitch)
        before = Math.max(1, Math.min(p.GIVES_WAY, Math.floor((stroke.start - press.start) / 2))); // half is the note's
      if (finger === stroke.finger || press.pitch === stroke.pitch || leftBehind || before > 1)
        press.end = Math.min(
          press.end,
          Math.max(press.start + 1, stroke.start - before, this.step - this.shown),
        );
    }
  }
}

/**
 * Whether a finger strikes beyond another one of its hand that still holds a key; thumbs may pass under.
 * @param {Press} held
 * @param {Press} stroke
 */
function crossed(held, stroke) {
  if (k.HAND_OF[held.finger] !== k.HAND_OF[stroke.finger]) return false;
  if (held.finger % k.FINGERS === 0 || stroke.finger % k.FINGERS === 0) return false;
  const outwards = (stroke.pitch - held.pitch) * (k.HAND_OF[stroke.finger] ? 1 : -1);
  return outwards * (stroke.finger - held.finger) < 0;
}

/**
 * Strike a hand's chord from below in two goes where it is wider than the hand.
 * @param {Press[]} pressed
 */
function roll(pressed) {
  if (!pressed.length) return;
  const x = pressed.map(({ pitch }) => k.KEY_X[pitch]);
  const highest = Math.max(...x);
  if (highest - Math.min(...x) <= p.WIDEST) return;
  const upper = pressed.filter((_, i) => x[i] > highest - p.WIDEST);
  const lower = pressed.filter((_, i) => x[i] <= highest - p.WIDEST);
  for (const part of [lower, upper]) {
    const asked = part.map(({ pitch, finger }) => k.KEY_X[pitch] - k.SPREAD[finger]);
    const place = asked.reduce((a, b) => a + b, 0) / asked.length;
    for (const press of part) press.place = place;
  }
  for (const press of upper) {
    press.start += 1;
    press.end = Math.max(press.end, press.start + 1);
  }
  for (const press of lower) press.end = press.start + 1;
}
