/**
 * Which string, position and finger stop each note, as professionals choose them (`musician/violin_fingering.py`).
 *
 * @typedef {import("./violin_ways.js").Way} Way
 * @typedef {{string: number, stop: number, finger: number, place: number}} Stop
 */

import { violinFingering as f, violinLearnt, violinWays } from "../generated/constants.js";
import { changeKinds, ownKinds, surroundings, worthOfKinds } from "./violin_phrases.js";
import { changeTraits, ownTraits, placeOf, waysOf } from "./violin_ways.js";

/** @type {Record<string, number>} */
const worthOf = violinLearnt.worth;
const open = violinWays.OPEN_STRINGS;
const impossible = new Set(f.IMPOSSIBLE);
const degree = violinWays.DEGREE;

/** @typedef {{worth: number, kinds: number[]}} Worth  by traits, and the kinds whose worth the phrase says */

/** @type {Map<number, Worth[]>} */
const ownByPitch = new Map();

/**
 * What each way to stop a pitch is worth by itself.
 * @param {number} pitch
 */
function ownWorth(pitch) {
  let found = ownByPitch.get(pitch);
  if (!found) {
    found = waysOf(pitch).map((way) => ({
      worth: ownTraits(way).reduce((all, name) => all + (worthOf[name] ?? 0), 0),
      kinds: ownKinds(way),
    }));
    ownByPitch.set(pitch, found);
  }
  return found;
}

/**
 * What a change is worth.
 * @param {Way} a
 * @param {Way} b
 * @param {boolean} chord
 * @returns {Worth}
 */
function worthOfChange(a, b, chord) {
  let worth = chord && b.string - a.string !== 1 ? f.UNPLAYABLE : 0; // the bow reaches neighbouring strings alone
  for (const name of changeTraits(a, b, chord))
    worth += impossible.has(name) ? f.UNPLAYABLE : (worthOf[name] ?? 0);
  return { worth, kinds: changeKinds(a, b) };
}

/** @type {Map<string, Worth[]>} */
const changes = new Map();
const KEPT_CHANGES = 4096;

/**
 * What changes between two pitches are worth, `[old ways * new ways]`.
 * @param {number} before
 * @param {number} pitch
 * @param {boolean} chord
 */
function changeWorth(before, pitch, chord) {
  const key = `${before} ${pitch} ${chord}`;
  let found = changes.get(key);
  if (!found) {
    found = waysOf(before).flatMap((a) => waysOf(pitch).map((b) => worthOfChange(a, b, chord)));
    if (changes.size >= KEPT_CHANGES) changes.clear();
    changes.set(key, found);
  }
  return found;
}

/**
 * Both worths together.
 * @param {Worth} found
 * @param {Float64Array} said  what kinds are worth here
 */
function summed(found, said) {
  let all = 0;
  for (const kind of found.kinds) all += said[kind];
  return found.worth + all;
}

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
  const said = surroundings(pitches, onsets, chord, open[before.string] + before.stop).map(worthOfKinds);
  const own = pitches.map((pitch, i) => ownWorth(pitch).map((found) => summed(found, said[i])));
  let worth = Float64Array.from(
    waysOf(pitches[0]),
    (way, i) => own[0][i] + summed(worthOfChange(old, way, chord[0]), said[0]),
  );
  /** @type {Int32Array[]} */
  const sources = [];
  for (let i = 1; i < pitches.length; i++) {
    const change = changeWorth(pitches[i - 1], pitches[i], chord[i]);
    const mine = own[i];
    const source = new Int32Array(mine.length);
    const next = new Float64Array(mine.length);
    for (let k = 0; k < mine.length; k++) {
      let best = -Infinity;
      for (let j = 0; j < worth.length; j++) {
        const total = worth[j] + summed(change[j * mine.length + k], said[i]);
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
