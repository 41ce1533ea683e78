/** A second look at what may be a beginning (`inference/notes/second_look.py`). */

import { secondLook as s } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";

export class SecondLook {
  /**
   * @param {string} weights  half precision, base64
   * @param {number} reach  steps that picking waits for
   * @param {import("./picking.js").NoteCard} card
   */
  constructor(weights, reach, { keys, parts }) {
    const numbers = unwritten(weights);
    this.times = s.TIMES.filter((/** @type {number} */ time) => time <= reach);
    this.parts = s.READ.map((/** @type {string} */ name) => parts.indexOf(name));
    this.width = parts.length;
    this.keys = keys;
    this.inputs = this.times.length * s.AROUND.length * this.parts.length + 1;
    this.hidden = (numbers.length - 1) / (this.inputs + 2);
    const [inner, bias] = [this.hidden * this.inputs, this.hidden * (this.inputs + 1)];
    this.inner = numbers.subarray(0, inner);
    this.innerBias = numbers.subarray(inner, bias);
    this.outer = numbers.subarray(bias, -1);
    this.outerBias = numbers[numbers.length - 1];
    this.read = new Float32Array(this.inputs);
  }

  /**
   * How probable a beginning is after all.
   * @param {Float32Array[]} known  steps of the first net's answers
   * @param {number} row  the candidate's
   * @param {number} key
   */
  probability(known, row, key) {
    const { read, inputs, hidden, inner } = this;
    let at = 0;
    for (const time of this.times)
      for (const apart of s.AROUND)
        for (const part of this.parts) {
          const other = key + apart;
          const there = other >= 0 && other < this.keys; // off the keyboard nothing sounds
          read[at++] = oddsOf(there ? known[row + time][other * this.width + part] : 0);
        }
    read[at] = key / this.keys;
    let odds = this.outerBias;
    for (let unit = 0; unit < hidden; unit++) {
      let sum = this.innerBias[unit];
      for (let i = 0; i < inputs; i++) sum += inner[unit * inputs + i] * read[i];
      odds += this.outer[unit] * Math.tanh(sum);
    }
    return 1 / (1 + Math.exp(-odds));
  }
}

/** @param {number} probability */
const oddsOf = (probability) =>
  within(
    Math.log((probability + s.SMALLEST) / (1 + s.SMALLEST - probability)),
    -s.LARGEST_ODDS,
    s.LARGEST_ODDS,
  ) / s.SCALE;

/**
 * @param {string} text
 * @returns {Float32Array}
 */
function unwritten(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), halfOf);
}

/**
 * A number of half precision, as its bits are: older browsers have no array of them.
 * @param {number} bits
 */
function halfOf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}
