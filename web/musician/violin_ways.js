/**
 * The ways in which a note can be stopped, and what can be said of them (`musician/violin_ways.py`).
 *
 * @typedef {{string: number, stop: number, finger: number, position: number}} Way
 */

import { violinWays as f } from "../generated/constants.js";

const open = f.OPEN_STRINGS;
const degree = f.DEGREE;

/**
 * Semitones above the nut at which the hand stands in a position; halves go to the even neighbour, as numpy's do.
 * @param {number} position
 */
export function placeOf(position) {
  const exact = degree * position;
  const low = Math.floor(exact);
  if (exact - low === 0.5) return low % 2 ? low + 1 : low;
  return Math.round(exact);
}

/**
 * Metres from the nut at which a string sounds so many semitones above its open pitch.
 * @param {number} semitones
 */
export const distanceFromNut = (semitones) => f.STRING_LENGTH * (1 - 2 ** (-semitones / 12));

/** @type {Map<number, Way[]>} */
const waysByPitch = new Map();

/**
 * Every way to stop a pitch; one that the violin does not have gets the nearest place there is.
 * @param {number} pitch
 * @returns {Way[]}
 */
export function waysOf(pitch) {
  let ways = waysByPitch.get(pitch);
  if (ways) return ways;
  ways = [];
  for (let string = 0; string < open.length; string++) {
    const stop = pitch - open[string];
    if (stop === 0)
      for (let position = 1; position <= f.OPEN_POSITIONS; position++)
        ways.push({ string, stop: 0, finger: 0, position });
    if (!(stop > 0 && stop <= f.HIGHEST_STOP)) continue;
    for (let finger = 1; finger <= 4; finger++)
      for (let position = 1; position <= f.POSITIONS; position++) {
        const apart = stop - degree * (position + finger - 1);
        if (f.LOW < apart && apart < f.HIGH) ways.push({ string, stop, finger, position });
      }
  }
  if (!ways.length) {
    const low = pitch < open[0];
    const high = {
      string: 3,
      stop: Math.min(pitch - open[3], f.HIGHEST_STOP),
      finger: 4,
      position: f.POSITIONS,
    };
    ways.push(low ? { string: 0, stop: 0, finger: 0, position: 1 } : high);
  }
  waysByPitch.set(pitch, ways);
  return ways;
}

/**
 * What can be said of a way to stop a note by itself.
 * @param {Way} way
 * @returns {string[]}
 */
export function ownTraits({ string, stop, finger, position }) {
  const traits = [];
  if (finger > 0) traits.push(`string ${string}`);
  else traits.push("open", `open string ${string}`);
  traits.push(`position ${Math.min(position, 9)}`);
  if (finger > 0) {
    if (position % 2 === 0 && position < 7) traits.push("even position");
    if (position >= 3) traits.push(`string ${string} at height ${Math.floor(Math.min(position, 7) / 2)}`);
    const region = f.REGIONS.filter((/** @type {number} */ first) => first <= stop).length;
    if (region > 0) traits.push(`string ${string} stopped in region ${region}`);
    traits.push(`finger ${finger}`);
    const apart = stop - degree * (position + finger - 1);
    const borders = [-1, -0.5, 0.5, 0.95];
    const names = ["far back", "back", "plain", "stretched", "far stretched"];
    traits.push(`finger ${finger} ${names[borders.filter((border) => apart >= border).length]}`);
  }
  return traits;
}

/**
 * What can be said of going from one way to another.
 * @param {Way} a
 * @param {Way} b
 * @param {boolean} chord  whether both sound together, the lower first
 * @returns {string[]}
 */
export function changeTraits(a, b, chord) {
  const traits = [];
  const crossed = b.string - a.string;
  const shifted = b.position - a.position;
  const both = a.finger > 0 && b.finger > 0;
  const same = both && a.finger === b.finger;
  const interval = b.stop + open[b.string] - a.stop - open[a.string];
  if (chord) {
    if (crossed === 0) traits.push("chord, one string");
    if (crossed === 1) traits.push("chord, next string");
    if (crossed > 1) traits.push("chord, string skipped");
    if (crossed < 0) traits.push("chord, lower string");
    if (shifted !== 0) traits.push(both ? "chord, two positions" : "chord, two positions by an open string");
    if (same) traits.push(a.stop === b.stop ? "chord, one finger across" : "chord, one finger in two places");
    return traits;
  }
  if (shifted > 0) traits.push(`shift up by ${Math.min(shifted, 4)}`);
  if (shifted < 0) traits.push(`shift down by ${Math.min(-shifted, 4)}`);
  const moves = shifted !== 0;
  const oneString = crossed === 0;
  const [rises, falls] = [b.stop > a.stop, b.stop < a.stop];
  if (moves && !both) traits.push("shift by an open string");
  if (moves && same) traits.push("shift on one finger");
  if (moves && both && oneString && ((rises && shifted < 0) || (falls && shifted > 0)))
    traits.push("shift against the notes");
  if (both && oneString && rises && shifted > 0 && b.finger > a.finger)
    traits.push("shift to a higher finger");
  if (moves && both && !oneString) traits.push("shift and crossing");
  if (!oneString) traits.push(`crossing by ${Math.min(Math.abs(crossed), 3)}`);
  if (same && !oneString) traits.push(a.stop === b.stop ? "one finger across" : "one finger in two places");
  if (interval * crossed < 0) traits.push("crossing against the notes");
  if (!oneString) {
    if (Math.abs(interval) <= 2) traits.push("crossing for less than a step");
    if (Math.abs(interval) <= 4) traits.push("crossing for less than a third");
    if (Math.abs(interval) <= 7) traits.push("crossing for less than a fifth");
  } else if (Math.abs(interval) > 5) traits.push("leap on one string");
  const fingers = `${a.finger} to ${b.finger}`;
  if (both && oneString && moves) traits.push(`shift ${fingers} ${shifted > 0 ? "up" : "down"}`);
  if (!moves && crossed === 1) traits.push(`${fingers}, next string`);
  if (!moves && crossed === -1) traits.push(`${fingers}, string before`);
  const still = oneString && !moves;
  if (same && still && a.stop !== b.stop) traits.push("slide");
  if (both && still && (b.stop - a.stop) * (b.finger - a.finger) < 0) traits.push("fingers out of order");
  if (interval === 0 && (a.string !== b.string || a.finger !== b.finger)) traits.push("repeated otherwise");
  if (
    (a.finger === 4 && b.finger === 0 && crossed === 1) ||
    (a.finger === 0 && b.finger === 4 && crossed === -1)
  )
    traits.push("little finger and open string");
  return traits;
}
