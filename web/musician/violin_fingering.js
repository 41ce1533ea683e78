/**
 * Which string, position and finger stop each note, as professionals choose them (`musician/violin_fingering.py`).
 *
 * @typedef {{string: number, stop: number, finger: number, position: number}} Way
 * @typedef {{string: number, stop: number, finger: number, place: number}} Stop
 */

import { violinFingering as f, violinHabits } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";

/** @type {Record<string, number>} */
const worthOf = violinHabits;
const open = f.OPEN_STRINGS;
const impossible = new Set(f.IMPOSSIBLE);
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
function ownTraits({ string, stop, finger, position }) {
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
function changeTraits(a, b, chord) {
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

/** @type {Map<number, Float64Array>} */
const ownByPitch = new Map();

/** @param {number} pitch */
function ownWorth(pitch) {
  let worth = ownByPitch.get(pitch);
  if (!worth) {
    const sum = (/** @type {Way} */ way) =>
      ownTraits(way).reduce((all, name) => all + (worthOf[name] ?? 0), 0);
    ownByPitch.set(pitch, (worth = Float64Array.from(waysOf(pitch), sum)));
  }
  return worth;
}

/**
 * What a change is worth, that of shifting apart from the rest.
 * @param {Way} a
 * @param {Way} b
 * @param {boolean} chord
 * @returns {[number, number]}
 */
function worthOfChange(a, b, chord) {
  let plain = chord && b.string - a.string !== 1 ? f.UNPLAYABLE : 0; // the bow reaches neighbouring strings alone
  let shift = 0;
  for (const name of changeTraits(a, b, chord)) {
    const worth = impossible.has(name) ? f.UNPLAYABLE : (worthOf[name] ?? 0);
    if (name.startsWith("shift")) shift += worth;
    else plain += worth;
  }
  return [plain, shift];
}

/** @type {Map<string, [Float64Array, Float64Array]>} */
const changes = new Map();
const KEPT_CHANGES = 4096;

/**
 * What changes between two pitches are worth, `[old ways * new ways]` each.
 * @param {number} before
 * @param {number} pitch
 * @param {boolean} chord
 */
function changeWorth(before, pitch, chord) {
  const key = `${before} ${pitch} ${chord}`;
  let found = changes.get(key);
  if (!found) {
    const [old, next] = [waysOf(before), waysOf(pitch)];
    found = [new Float64Array(old.length * next.length), new Float64Array(old.length * next.length)];
    for (let i = 0; i < old.length; i++)
      for (let k = 0; k < next.length; k++)
        [found[0][i * next.length + k], found[1][i * next.length + k]] = worthOfChange(
          old[i],
          next[k],
          chord,
        );
    if (changes.size >= KEPT_CHANGES) changes.clear();
    changes.set(key, found);
  }
  return found;
}

/**
 * How much more a shift counts when the next note comes so many seconds later.
 * @param {number} pause
 */
const hurry = (pause) => (pause > 0 ? within(f.UNHURRIED / pause, f.HURRY[0], f.HURRY[1]) : f.HURRY[0]);

/**
 * Choose string, finger and place of each note as a professional most likely would.
 * @param {number[]} pitches
 * @param {number[]} onsets  seconds
 * @param {boolean[]} chord  whether the note sounds together with the one before it, low to high
 * @param {Stop} before  of the note before the first
 * @returns {Stop[]}
 */
export function stopViolin(pitches, onsets, chord, before) {
  const position = Math.round(before.place / degree);
  const old = { string: before.string, stop: before.stop, finger: before.finger, position };
  const own = ownWorth(pitches[0]);
  let worth = Float64Array.from(waysOf(pitches[0]), (way, i) => {
    const [plain, shift] = worthOfChange(old, way, chord[0]);
    return own[i] + plain + shift;
  });
  /** @type {Int32Array[]} */
  const sources = [];
  for (let i = 1; i < pitches.length; i++) {
    const [plain, shift] = changeWorth(pitches[i - 1], pitches[i], chord[i]);
    const fast = hurry(onsets[i] - onsets[i - 1]);
    const mine = ownWorth(pitches[i]);
    const source = new Int32Array(mine.length);
    const next = new Float64Array(mine.length);
    for (let k = 0; k < mine.length; k++) {
      let best = -Infinity;
      for (let j = 0; j < worth.length; j++) {
        const at = j * mine.length + k;
        const total = worth[j] + plain[at] + fast * shift[at];
        if (total > best) {
          best = total;
          source[k] = j;
        }
      }
      next[k] = best + mine[k];
    }
    sources.push(source);
    worth = next;
  }
  let best = worth.indexOf(Math.max(...worth));
  /** @type {Stop[]} */
  const stops = new Array(pitches.length);
  for (let i = pitches.length - 1; i >= 0; i--) {
    const way = waysOf(pitches[i])[best];
    stops[i] = { string: way.string, stop: way.stop, finger: way.finger, place: placeOf(way.position) };
    if (i) best = sources[i - 1][best];
  }
  return stops;
}
