/** Which of the notes that begin together two hands can be at in time: what is too far or too wide waits, or is left
 * (`inference/piano/in_time.py`). */

import { pianoInTime as t } from "../generated/constants.js";

/**
 * @typedef {{x: number, loud: number, late: boolean}} Asked  px of a key; whether its note has waited already
 * @typedef {{place: number[], way: number[]}} Wrists  px along the keyboard, and px that each can have gone
 */

/**
 * Which notes can be struck at once.
 * @param {Asked[]} notes  rising
 * @param {Wrists[]} hands  where they may be, the likeliest first
 * @returns {boolean[]}
 */
export function inTime(notes, hands) {
  let most = -1;
  /** @type {boolean[]} */
  let best = [];
  for (const wrists of hands) {
    const { worth, struck } = shared(notes, wrists);
    if (worth > most) [most, best] = [worth, struck];
    if (struck.every(Boolean)) break;
  }
  return best;
}

/**
 * What two hands can strike between them, and how much that is worth.
 * @param {Asked[]} notes
 * @param {Wrists} wrists
 */
function shared(notes, { place, way }) {
  const lowest = place.map((at, hand) => at - way[hand] - t.WIDEST / 2);
  const highest = place.map((at, hand) => at + way[hand] + t.WIDEST / 2);
  [lowest[1], highest[0]] = [Math.max(...lowest), Math.min(...highest)]; // no hand goes beyond the other one
  /** @type {{worth: number, struck: boolean[]}} */
  let best = { worth: -1, struck: [] };
  for (let parted = 0; parted <= notes.length; parted++) {
    /** @type {boolean[]} */
    const struck = [];
    let worth = 0;
    [notes.slice(0, parted), notes.slice(parted)].forEach((keys, hand) => {
      const [first, last] = stretch(keys, lowest[hand], highest[hand]);
      keys.forEach(({ x, loud, late }, i) => {
        const atOnce = first <= i && i < last;
        struck.push(atOnce);
        const soon = !late && last > first && Math.abs(x - keys[first].x) <= t.WIDEST + t.FASTEST / 2;
        worth += loud * (atOnce ? 1 : t.SOON * +soon);
      });
    });
    if (worth > best.worth) best = { worth, struck };
  }
  return best;
}

/**
 * The first of a hand's keys that it can strike at once, and the last but one: who has waited counts most.
 * @param {Asked[]} keys
 * @param {number} lowest
 * @param {number} highest
 */
function stretch(keys, lowest, highest) {
  let [most, found] = [-1, [0, 0]];
  for (let first = 0; first < keys.length; first++) {
    if (keys[first].x < lowest || keys[first].x > highest) continue;
    let last = first;
    while (last < keys.length && keys[last].x <= Math.min(keys[first].x + t.WIDEST, highest)) last++;
    const waited = keys.slice(first, last).filter(({ late }) => late).length;
    if (waited > most) [most, found] = [waited, [first, last]];
  }
  return found;
}
