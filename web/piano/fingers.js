/** Which hand and which finger takes a note: a beam of the likeliest courses (`inference/piano/fingers.py`). */

import { keyboard as k, pianoFingers as f } from "../generated/constants.js";

/**
 * @typedef {{finger: number[], weight: number[], weights: [number, number]}} Way
 *   fingers of rising notes, inverse variances, their sums by hand
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
 * Every choice of so many of five fingers, in order.
 * @param {number} count
 * @returns {number[][]}
 */
function combinations(count) {
  /** @type {number[][]} */
  const found = [];
  const extend = (/** @type {number[]} */ chosen, /** @type {number} */ first) => {
    if (chosen.length === count) found.push(chosen);
    else for (let finger = first; finger < FINGERS; finger++) extend([...chosen, finger], finger + 1);
  };
  extend([], 0);
  return found;
}

/** @type {Map<number, Way[]>} */
const waysByCount = new Map();

/**
 * Every way to give rising notes to the fingers of two hands that do not cross.
 * @param {number} notes
 */
function waysOf(notes) {
  let ways = waysByCount.get(notes);
  if (ways) return ways;
  ways = [];
  for (let ofLeft = Math.max(0, notes - FINGERS); ofLeft <= Math.min(FINGERS, notes); ofLeft++)
    for (const left of combinations(ofLeft))
      for (const right of combinations(notes - ofLeft)) {
        const finger = [...left.map((one) => FINGERS - 1 - one), ...right.map((one) => FINGERS + one)];
        const weight = finger.map((one) => f.FITS[one] ** -2);
        /** @type {[number, number]} */
        const weights = [0, 0];
        finger.forEach((one, i) => (weights[HAND[one]] += weight[i]));
        ways.push({ finger, weight, weights });
      }
  waysByCount.set(notes, ways);
  return ways;
}

/**
 * The ways to take a chord that are worth trying: those that stretch hands least.
 * @param {number[]} pitches
 */
function handy(pitches) {
  const ways = waysOf(pitches.length);
  if (ways.length <= 2 * f.MOST_WAYS) return ways;
  const costs = ways.map(({ finger, weight, weights }) => {
    let [squares, seldom] = [0, 0];
    const pulls = [0, 0];
    finger.forEach((one, i) => {
      const asked = k.KEY_X[pitches[i]] - k.SPREAD[one];
      pulls[HAND[one]] += weight[i] * asked;
      squares += weight[i] * asked * asked;
      seldom += f.SELDOM[+k.IS_BLACK[pitches[i]]][one];
    });
    const apart = pulls.map((pull, hand) => pull ** 2 / Math.max(weights[hand], 1e-9));
    return 0.5 * (squares - (apart[0] + apart[1])) + seldom;
  });
  const order = ways.map((_, i) => i).sort((a, b) => costs[a] - costs[b] || a - b);
  return order
    .slice(0, f.MOST_WAYS)
    .sort((a, b) => a - b)
    .map((i) => ways[i]);
}

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
    const ways = handy(pitches);
    const tried = this.all.flatMap((course) => new Stroke(course, seconds, pitches).tryAll(ways));
    const order = tried.map((_, i) => i).sort((a, b) => tried[a].cost - tried[b].cost || a - b);
    const best = order.slice(0, f.MOST_COURSES).map((i) => tried[i]);
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
    const left = course.moved.map((moved) => Math.exp(-Math.max(seconds - moved, 0.02) / f.DRIFT_SECONDS));
    this.here = left.map((share, hand) => f.HOME[hand] + (course.place[hand] - f.HOME[hand]) * share);
    this.variance = left.map((share) => f.HOME_SPREAD ** 2 * (1 - share ** 2) + f.UNSURE);
    this.held = course.until.map((end) => end > seconds + f.STILL_HELD);
    this.notes = pitches.map((pitch) => this.noteCosts(pitch));
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
   * @param {Way[]} ways
   * @returns {Tried[]}
   */
  tryAll(ways) {
    return ways.map((way) => this.tried(way));
  }

  /**
   * @param {Way} way
   * @returns {Tried}
   */
  tried(way) {
    const { here, variance, pitches, course } = this;
    const asked = way.finger.map((finger, i) => k.KEY_X[pitches[i]] - k.SPREAD[finger]);
    const pulls = [0, 0];
    way.finger.forEach((finger, i) => (pulls[HAND[finger]] += way.weight[i] * asked[i]));
    let cost = course.cost;
    const place = pulls.map((pull, hand) => {
      const found = (here[hand] / variance[hand] + pull) / (1 / variance[hand] + way.weights[hand]);
      if (way.weights[hand] > 0) {
        const away = Math.abs(found - here[hand]) / Math.sqrt(variance[hand]);
        cost += away < f.BENT_FROM ? 0.5 * away ** 2 : f.BENT_FROM * away - 0.5 * f.BENT_FROM ** 2;
        cost += 0.5 * Math.log(variance[hand] * 1e-2);
      }
      return found;
    });
    way.finger.forEach((finger, i) => {
      cost += 0.5 * (asked[i] - place[HAND[finger]]) ** 2 * way.weight[i] + this.notes[i][finger];
    });
    const givenUp = this.heldOver(way, place);
    for (const one of givenUp) cost += one;
    const both = place.map((found, hand) => (way.weights[hand] > 0 ? found : here[hand]));
    cost += 0.5 * (Math.max(f.APART - (both[1] - both[0]), 0) / f.TOO_NEAR) ** 2;
    return { course, way, cost, place, givenUp: givenUp.map((one) => one >= f.LET_GO - 1e-9) };
  }

  /**
   * What keys cost that are held while others are struck, by finger.
   * @param {Way} way
   * @param {number[]} place
   */
  heldOver(way, place) {
    return this.course.key.map((key, finger) => {
      if (!this.held[finger] || !(way.weights[HAND[finger]] > 0)) return 0;
      if (way.finger.includes(finger)) return f.LET_GO;
      const apart = (k.KEY_X[key] - k.SPREAD[finger] - place[HAND[finger]]) / f.FITS[finger];
      return Math.min(0.25 * apart ** 2, f.LET_GO);
    });
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
