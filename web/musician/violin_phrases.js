/**
 * What the notes around a note say of how it is stopped (`musician/violin_phrases.py`).
 *
 * @typedef {{string: number, finger: number, position: number}} Way
 */

import { violinLearnt, violinPhrases as v } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";

/** @type {{inner: number[][], inner_bias: number[], outer: number[][], outer_bias: number[]}} */
const net = violinLearnt;
const sum = (/** @type {number[]} */ numbers) => numbers.reduce((all, number) => all + number, 0);
/** @type {number[]} */
const sizes = [...v.OWN_KINDS, ...v.CHANGE_KINDS];
const first = sizes.map((_, i) => sum(sizes.slice(0, i)));
const ownKindCount = v.OWN_KINDS.length;

/**
 * Logarithm of the pause until the next note or chord, 0 the usual one; 0 where none is known.
 * @param {number[]} onsets
 * @param {boolean[]} chord
 */
function pace(onsets, chord) {
  return onsets.map((onset, i) => {
    let next = i + 1;
    while (next < onsets.length && chord[next]) next++;
    if (next >= onsets.length) return 0;
    return Math.log(within(onsets[next] - onset, v.PAUSES[0], v.PAUSES[1]) / v.USUAL_PAUSE);
  });
}

/**
 * What is read around each note.
 * @param {number[]} pitches
 * @param {number[]} onsets
 * @param {boolean[]} chord
 * @param {number} before  MIDI of the note before the first
 * @returns {number[][]}
 */
export function surroundings(pitches, onsets, chord, before) {
  const paces = pace(onsets, chord);
  return pitches.map((own, i) => {
    const ahead = Math.min(pitches.length - 1 - i, v.AHEAD);
    /** @type {number[]} */
    const read = [];
    for (const k of v.NEIGHBOURS) {
      const there = k < 0 || ahead >= k;
      const other = k < 0 && i === 0 ? before : pitches[i + k];
      const interval = there ? other - own : 0;
      const size = Math.abs(interval);
      read.push(within(interval, -v.WIDEST, v.WIDEST) / v.SCALE, Math.min(size, v.WIDEST) / v.SCALE);
      read.push(+(interval > 0), +(interval < 0), +(there && interval === 0));
      if (Math.abs(k) <= v.NEAREST) read.push(+(size > 0 && size <= v.STEP), +(size >= v.LEAP));
    }
    for (const width of v.WIDTHS) {
      const some = pitches.slice(i, i + Math.min(width, ahead) + 1);
      const [highest, lowest] = [Math.max(...some), Math.min(...some)];
      read.push((highest - own) / v.SCALE, (own - lowest) / v.SCALE);
      if (v.PLACED.includes(width))
        read.push(
          within((highest - v.TOP_STRING) / v.SCALE, -2, 3),
          within((lowest - v.LOW_STRING) / v.SCALE, -2, 3),
        );
    }
    const notes = Math.min(ahead + 1, v.PACE);
    let slow = 0;
    for (let k = 0; k < notes; k++) if (ahead > k) slow += paces[i + k];
    read.push(ahead > 0 ? paces[i] : 0, slow / notes, within((own - v.TOP_STRING) / v.SCALE, -4, 4));
    return read;
  });
}

/**
 * What kinds are worth at a note, of its {@link surroundings}.
 * @param {number[]} read
 */
export function worthOfKinds(read) {
  const hidden = net.inner.map((row, i) =>
    Math.tanh(row.reduce((all, weight, k) => all + weight * read[k], net.inner_bias[i])),
  );
  return Float64Array.from(net.outer, (row, i) =>
    row.reduce((all, weight, k) => all + weight * hidden[k], net.outer_bias[i]),
  );
}

/**
 * Numbers of the kinds of which a way is.
 * @param {Way} way
 */
export function ownKinds({ string, finger, position }) {
  const stopped = finger > 0;
  const height = v.HEIGHTS.filter((/** @type {number} */ from) => from <= position).length;
  const kinds = [
    stopped ? string : 4 + string,
    stopped ? Math.min(position, v.HIGHEST_KIND) - 1 : v.HIGHEST_KIND,
    finger,
    stopped ? 4 * string + height : 16,
  ];
  return kinds.map((kind, i) => first[i] + kind);
}

/**
 * Numbers of the kinds of which a change is.
 * @param {Way} a
 * @param {Way} b
 */
export function changeKinds(a, b) {
  const both = a.finger > 0 && b.finger > 0;
  const [shift, crossing] = [b.position - a.position, b.string - a.string];
  const way = shift === 0 ? 0 : shift > 0 ? 1 : 2;
  const moved = 2 * v.WIDEST_SHIFT + (shift === 0 ? 1 : 2);
  const kinds = [
    both ? within(shift, -v.WIDEST_SHIFT, v.WIDEST_SHIFT) + v.WIDEST_SHIFT : moved,
    crossing + 3,
    5 * a.finger + b.finger,
    2 * +(shift !== 0) + +(crossing !== 0),
    both && crossing === 0 ? 16 * way + 4 * (a.finger - 1) + b.finger - 1 : 48,
  ];
  return kinds.map((kind, i) => first[ownKindCount + i] + kind);
}
