/**
 * What the violinist remembers between two steps (`inference/violin/memory.py`).
 *
 * @typedef {[number, number, number]} Down  finger 1 to 4, string, stop
 * @typedef {{step: number, string: number, stop: number, place: number, fingers: Down[]}} Played
 */

import { violinMemory as m, violinWays } from "../generated/constants.js";

const { LONG_AGO, AT_REST } = m;
const { FIRST_POSITION } = violinWays;

export class BowMemory {
  step = 0; // the next to be played
  /** @type {[number, boolean][]} changes: from which step, bowed or not */
  sound = [];
  /** @type {number[]} steps of strokes that begin, not played yet */
  strokes = [];
  /** @type {number[]} the last and those to come */
  plucks = [];
  /** @type {Played[]} the first is the one that is played */
  notes = [];
  on = false;
  since = LONG_AGO;
  played = LONG_AGO;
  direction = -1;
  position = 0.3;
  travel = 1.0;
  leftAt = 0.3;
  retake = true;
  height = 1.0;
  string = 1.5;
  level = 1.5;
  place = FIRST_POSITION;
  loud = 0.0;
  breath = 0.0;
  leaning = 0.0;
  contact = 0.0;
  towardLevel = 1.5;
  towardLoud = 0.0;
  towardBreath = 0.0;
  towardLeaning = 0.0;
  towardContact = 0.0;
  /** @type {[number, number, number][]} of each finger: how far down in time, string, semitones */
  fingers = AT_REST.map((/** @type {number} */ rest) => [0.0, 1.5, FIRST_POSITION + rest]);
}

/**
 * String and stop of a finger; null where it is not down.
 * @param {Played} note
 * @param {number} finger
 * @returns {[number, number] | null}
 */
export function downOf(note, finger) {
  const found = note.fingers.find(([which]) => which === finger);
  return found ? [found[1], found[2]] : null;
}
