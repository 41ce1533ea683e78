/** What the name of a node says: which part of a body, which side, which finger (`avatar/own_avatar/words.py`). */

import { boneWords as w } from "../generated/constants.js";

/**
 * @typedef {object} Label
 * @property {string} part  hips, spine, neck, head, a part of a side such as Arm, or Finger
 * @property {string} side  left, right or nothing
 * @property {number} finger  0 to 4 from the thumb; -1 where the name has a number instead
 * @property {string} number  the digits after "finger", where fingers are numbered
 */

const WORD = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g;
const HELPERS = new Set(w.helpers);
const NOISE = new Set(w.noise);
const JAPANESE = Object.keys(w.japanese).sort((a, b) => b.length - a.length);
const FINGERS = 5;

/** @type {(table: Record<string, any>, word: string) => any} */
const at = (table, word) => (Object.hasOwn(table, word) ? table[word] : undefined);
const isNumber = (/** @type {string} */ word) => /^\d+$/.test(word);

/**
 * The words and numbers of a name, lower-case, without namespaces.
 * @param {string} name
 * @returns {string[]}
 */
export function wordsOf(name) {
  let own = /** @type {string} */ (name.split(/[:|/]/).at(-1));
  own = own.replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - "０".charCodeAt(0)));
  for (const theirs of JAPANESE) own = own.replaceAll(theirs, ` ${w.japanese[theirs]} `);
  /** @type {string[]} */
  const found = [];
  for (const word of (own.match(WORD) ?? []).map((one) => one.toLowerCase()))
    found.push(...(found.length ? [word] : (at(w.short, word) ?? [word])));
  return found;
}

/**
 * What each of a file's names says, null where it names no part of a body.
 * @param {string[]} names
 * @returns {(Label | null)[]}
 */
export function labels(names) {
  const split = names.map(wordsOf);
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const words of split)
    for (const word of new Set(words)) if (!isNumber(word)) seen.set(word, (seen.get(word) ?? 0) + 1);
  // a character's own name stands before every bone
  const shared = new Set(
    [...seen]
      .filter(
        ([word, count]) =>
          count > names.length / 2 && !means(word) && !at(w.sides, word) && !HELPERS.has(word),
      )
      .map(([word]) => word),
  );
  return split.map((words) => label(words, shared));
}

/** @param {string} word */
const means = (word) =>
  [w.central, w.lateral, w.fingers].some((table) => at(table, word) !== undefined) ||
  ["finger", "upper", "lower", "up", "low"].includes(word);

/**
 * @param {string[]} words
 * @param {Set<string>} shared
 * @returns {Label | null}
 */
function label(words, shared) {
  const [side, rest] = withoutSide(words.filter((word) => !shared.has(word)));
  const letters = rest.filter((word) => !isNumber(word) && !NOISE.has(word));
  if (side && !letters.includes("toe")) {
    const finger = fingerOf(side, rest, letters);
    if (finger) return finger;
  }
  if (letters.includes("metacarpal") || !letters.length) return null;
  if (letters.some((word) => HELPERS.has(word)) && !(letters.includes("neck") && letters.includes("twist")))
    return null;
  const glued = letters.join("");
  let part = at(side ? w.lateral : w.central, glued);
  // arm left elbow, leg left knee
  if (side && !part && ["arm", "leg"].includes(letters[0])) part = at(w.lateral, letters.slice(1).join(""));
  return part ? { part, side, finger: -1, number: "" } : null;
}

/**
 * @param {string[]} words
 * @returns {[string, string[]]}
 */
function withoutSide(words) {
  const place = words.findIndex((word) => at(w.sides, word));
  if (place >= 0) return [w.sides[words[place]], words.toSpliced(place, 1)];
  for (const [i, word] of words.entries())
    // glued in small letters: lthigh, rightarm, upperarml
    for (const mark of ["left", "right", "l", "r"])
      for (const rest of [
        word.startsWith(mark) ? word.slice(mark.length) : "",
        word.endsWith(mark) ? word.slice(0, -mark.length) : "",
      ])
        if (at(w.lateral, rest) || at(w.fingers, rest) !== undefined || gluedFinger(rest) !== undefined)
          return [w.sides[mark], words.toSpliced(i, 1, rest)];
  return ["", words];
}

/**
 * @param {string} word
 * @returns {number | undefined}
 */
function gluedFinger(word) {
  for (const before of ["hand", "finger", "f"]) {
    const found = word.startsWith(before) ? at(w.fingers, word.slice(before.length)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * @param {string} side
 * @param {string[]} rest
 * @param {string[]} letters
 * @returns {Label | null}
 */
function fingerOf(side, rest, letters) {
  const helps = letters.some((word) => HELPERS.has(word));
  const thumb = letters.includes("thumb");
  if (helps || (!thumb && letters.includes("metacarpal"))) return null;
  if (!letters.includes("arm") && !letters.includes("leg"))
    for (const word of letters) {
      let found = at(w.fingers, word) ?? gluedFinger(word);
      if (found === undefined && word.endsWith("finger")) found = at(w.fingers, word.slice(0, -6));
      if (found !== undefined) return { part: "Finger", side, finger: found, number: "" };
    }
  const place = rest.includes("finger") ? rest.indexOf("finger") : rest.indexOf("fingers");
  const number = place >= 0 ? rest.slice(place + 1).find(isNumber) : undefined;
  return number ? { part: "Finger", side, finger: -1, number } : null;
}

/**
 * Which finger numbers mean, given all that a hand has: Finger0, Finger01 … or finger1-1, finger2-1 …
 * @param {string[]} numbers
 * @returns {Map<string, number>}  0 to 4 by number
 */
export function fingerOfNumber(numbers) {
  let firsts = numbers.map((number) => Number(number[0]));
  if (new Set(firsts).size < 2) firsts = numbers.map(Number); // 01, 02, …: the whole number counts
  const least = Math.min(...firsts);
  const found = new Map();
  numbers.forEach((number, i) => {
    if (firsts[i] - least < FINGERS) found.set(number, firsts[i] - least);
  });
  return found;
}
