/** Which hand and which finger takes a note: a beam of the likeliest courses (`inference/piano/fingers.py`). */

import { keyboard as k, pianoFingers as f, rates } from "../generated/constants.js";
import { handy } from "./ways.js";

/**
 * @typedef {import("./ways.js").Way} Way
 * @typedef {object} Course
 * @property {number} cost  above the best one's
 * @property {number[]} place  px of the wrists along the keyboard
 * @property {number[]} moved  seconds of each hand's last stroke
 * @property {number[]} key  MIDI pitch of each finger's last key, 0 before the first
 * @property {number[]} struck  seconds of each finger's last stroke
 * @property {number[]} until  and until when its note lasts
 * @property {number[][]} taken  pitch that each finger strikes in every group that is not decided
 * @property {number[][]} places  the wrists at those strokes
 */

const FINGERS = k.FINGERS;
const ALL = k.ALL_FINGERS;
const HAND = k.HAND_OF;
const NEVER = -99;

/**
 * What it costs that one finger strikes after another.
 * @param {number} before
 * @param {number} now
 * @param {number} way  of the keys, above 0 to the little finger
 */
function crossing(before, now, way) {
  if (HAND[before] !== HAND[now]) return way > 0 ? f.ACROSS : 0;
  if (before === now) return 0;
  if (way === 0) return f.ONE_KEY;
  if (way < 0 !== now > before) return 0;
  return before % FINGERS === 0 || now % FINGERS === 0 ? f.THUMB_UNDER : f.CROSSED;
}

/**
 * Where hands are, px, and for how many seconds they can have been on their way there.
 * @param {Course} course
 * @param {number} seconds
 */
export function believed({ place, moved }, seconds) {
  const since = moved.map((last) => Math.max(seconds - last, 0.02));
  const here = since.map(
    (past, hand) => f.HOME[hand] + (place[hand] - f.HOME[hand]) * Math.exp(-past / f.DRIFT_SECONDS),
  );
  return { here, since };
}

export class Courses {
  constructor() {
    /** @type {Course[]} the best first */
    this.all = [
      {
        cost: 0,
        place: [...f.HOME],
        moved: [NEVER, NEVER],
        key: Array(ALL).fill(0),
        struck: Array(ALL).fill(NEVER),
        until: Array(ALL).fill(NEVER),
        taken: [],
        places: [],
      },
    ];
  }

  /**
   * A note that was held ended; one that was struck since goes on.
   * @param {number} pitch
   * @param {number} seconds
   */
  end(pitch, seconds) {
    for (const { key, until, struck } of this.all)
      for (let i = 0; i < ALL; i++)
        if (key[i] === pitch && until[i] > seconds && struck[i] < seconds) until[i] = seconds;
  }

  /** The oldest group's pitch by finger, and the wrists' places; other courses are left. */
  decide() {
    const [taken, places] = [this.all[0].taken[0], this.all[0].places[0]];
    this.all = this.all.filter((course) => course.taken[0].every((pitch, i) => pitch === taken[i]));
    for (const course of this.all) {
      course.taken.shift();
      course.places.shift();
    }
    return { taken, places };
  }

  /**
   * Extend the courses by notes that are struck together.
   * @param {number} seconds
   * @param {number[]} pitches  rising, at most ten
   * @param {number[]} until  seconds at which each ends, infinity where that is not known yet
   */
  strike(seconds, pitches, until) {
    const strokes = this.all.map((course) => new Stroke(course, seconds, pitches));
    const ways = handy(pitches, strokes[0].here, strokes[0].variance);
    // only what goes on is made: hundreds of ways are weighed for a chord, within a frame of live sound
    const costs = strokes.flatMap((stroke) => ways.map((way) => stroke.weigh(way)));
    const order = costs.map((_, i) => i).sort((a, b) => costs[a] - costs[b] || a - b);
    const best = order
      .slice(0, f.MOST_COURSES)
      .map((i) => strokes[Math.floor(i / ways.length)].tried(ways[i % ways.length]));
    const least = best[0].cost;
    this.all = best.map((one) => taking(one, seconds, pitches, until, least));
  }
}

/**
 * @typedef {{course: Course, way: Way, cost: number, place: number[], givenUp: boolean[]}} Tried
 */

/** Notes that are struck together, at the end of one course. */
class Stroke {
  /**
   * @param {Course} course
   * @param {number} seconds
   * @param {number[]} pitches
   */
  constructor(course, seconds, pitches) {
    this.course = course;
    this.seconds = seconds;
    this.pitches = pitches;
    const { here, since } = believed(course, seconds);
    this.here = here;
    this.since = since;
    this.variance = since.map(
      (past) => f.HOME_SPREAD ** 2 * (1 - Math.exp((-2 * past) / f.DRIFT_SECONDS)) + f.UNSURE,
    );
    this.held = course.until.map((end) => end > seconds + f.STILL_HELD);
    this.notes = pitches.map((pitch) => this.noteCosts(pitch));
    this.place = [0, 0];
    this.over = Array(ALL).fill(0);
  }

  /**
   * What each finger costs for a note.
   * @param {number} pitch
   */
  noteCosts(pitch) {
    const { struck, moved, key } = this.course;
    const costs = [...f.SELDOM[+k.IS_BLACK[pitch]]];
    for (let before = 0; before < ALL; before++) {
      // what counts is where the hand is: the keys of its last stroke and those that it holds
      const here = (struck[before] >= moved[HAND[before]] || this.held[before]) && key[before] > 0;
      if (!here) continue;
      const since = this.seconds - struck[before];
      const way = (pitch - key[before]) * (HAND[before] === 0 ? -1 : 1);
      if (way !== 0) costs[before] += f.SAME_FINGER * Math.exp(-since / f.SAME_SECONDS);
      const recent = Math.exp(-since / f.CROSSED_SECONDS);
      for (let now = 0; now < ALL; now++) costs[now] += recent * crossing(before, now, way);
    }
    return costs;
  }

  /**
   * What a way costs; where the wrists are for it is in `place`, what keys cost that are held in `over`.
   * @param {Way} way
   * @returns {number}
   */
  weigh(way) {
    const { here, since, variance, pitches, course, place, over } = this;
    place[0] = place[1] = 0;
    for (let i = 0; i < pitches.length; i++) {
      const finger = way.finger[i];
      place[HAND[finger]] += way.weight[i] * (k.KEY_X[pitches[i]] - k.SPREAD[finger]);
    }
    let cost = course.cost;
    for (let hand = 0; hand < k.HANDS; hand++) {
      place[hand] = (here[hand] / variance[hand] + place[hand]) / (1 / variance[hand] + way.weights[hand]);
      if (!(way.weights[hand] > 0)) continue;
      const gone = Math.abs(place[hand] - here[hand]);
      cost += f.TOO_FAST * Math.max(gone - f.FASTEST * rates.VIDEO_FPS * since[hand], 0);
      const away = gone / Math.sqrt(variance[hand]);
      cost += away < f.BENT_FROM ? 0.5 * away ** 2 : f.BENT_FROM * away - 0.5 * f.BENT_FROM ** 2;
      cost += 0.5 * Math.log(variance[hand] * 1e-2);
    }
    for (let i = 0; i < pitches.length; i++) {
      const finger = way.finger[i];
      const asked = k.KEY_X[pitches[i]] - k.SPREAD[finger];
      cost += 0.5 * (asked - place[HAND[finger]]) ** 2 * way.weight[i] + this.notes[i][finger];
    }
    for (let finger = 0; finger < ALL; finger++) cost += over[finger] = this.heldOver(way, finger);
    const left = way.weights[0] > 0 ? place[0] : here[0];
    const right = way.weights[1] > 0 ? place[1] : here[1];
    return cost + 0.5 * (Math.max(f.APART - (right - left), 0) / f.TOO_NEAR) ** 2;
  }

  /**
   * @param {Way} way
   * @returns {Tried}
   */
  tried(way) {
    const cost = this.weigh(way);
    const givenUp = this.over.map((one) => one >= f.LET_GO - 1e-9);
    return { course: this.course, way, cost, place: [...this.place], givenUp };
  }

  /**
   * What a finger's key costs that is held while others are struck.
   * @param {Way} way
   * @param {number} finger
   */
  heldOver(way, finger) {
    if (!this.held[finger] || !(way.weights[HAND[finger]] > 0)) return 0;
    if (way.finger.includes(finger)) return f.LET_GO;
    const asked = k.KEY_X[this.course.key[finger]] - k.SPREAD[finger];
    return Math.min(0.25 * ((asked - this.place[HAND[finger]]) / f.FITS[finger]) ** 2, f.LET_GO);
  }
}

/**
 * The course that goes on with a way that was tried: the chosen fingers on their keys.
 * @param {Tried} tried
 * @param {number} seconds
 * @param {number[]} pitches
 * @param {number[]} until
 * @param {number} least
 * @returns {Course}
 */
function taking({ course, way, cost, place, givenUp }, seconds, pitches, until, least) {
  const key = [...course.key];
  const struck = [...course.struck];
  const lasts = course.until.map((end, finger) =>
    givenUp[finger] || pitches.includes(course.key[finger]) ? Math.min(end, seconds) : end,
  );
  const taken = Array(ALL).fill(0);
  way.finger.forEach((finger, i) => {
    key[finger] = taken[finger] = pitches[i];
    struck[finger] = seconds;
    lasts[finger] = until[i];
  });
  const used = way.weights.map((weight) => weight > 0);
  const wrists = place.map((found, hand) => (used[hand] ? found : course.place[hand]));
  return {
    cost: cost - least,
    place: wrists,
    moved: course.moved.map((moved, hand) => (used[hand] ? seconds : moved)),
    key,
    struck,
    until: lasts,
    taken: [...course.taken, taken],
    places: [...course.places, wrists],
  };
}
