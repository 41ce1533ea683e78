/** The frames of a performance as they come, and the moment between two of them. */

import { rates } from "../generated/constants.js";
import { AT, BONES, KEYS, PROPS, SIZE } from "../musician/packing.js";

/** Rows of numbers, growing; live, only the last ones are kept. */
export class Frames {
  /** @param {number} [kept]  how many frames at most; all without it */
  constructor(kept = Infinity) {
    this.kept = kept;
    this.first = 0; // number of the first that is there
    this.count = 0;
    this.numbers = new Float32Array(240 * SIZE);
  }

  /** Number behind the last frame. */
  get end() {
    return this.first + this.count;
  }

  /** @param {Float32Array} rows */
  push(rows) {
    const more = rows.length / SIZE;
    if (this.count + more > this.kept) {
      const past = Math.max(this.count - Math.floor(this.kept / 2), 0);
      this.numbers.copyWithin(0, past * SIZE, this.count * SIZE);
      this.first += past;
      this.count -= past;
    }
    const needed = (this.count + more) * SIZE;
    if (needed > this.numbers.length) {
      const larger = new Float32Array(Math.max(needed, 2 * this.numbers.length));
      larger.set(this.numbers.subarray(0, this.count * SIZE));
      this.numbers = larger;
    }
    this.numbers.set(rows, this.count * SIZE);
    this.count += more;
  }

  /** @param {number} frame */
  row(frame) {
    const at = frame - this.first;
    return this.numbers.subarray(at * SIZE, (at + 1) * SIZE);
  }

  /**
   * Write a moment into `into`: places and turns between the two frames around it. False where none is there.
   * @param {number} seconds
   * @param {Float32Array} into
   */
  at(seconds, into) {
    if (!this.count) return false;
    const place = Math.min(Math.max(seconds * rates.VIDEO_FPS, this.first), this.end - 1);
    const low = Math.floor(place);
    const a = this.row(low);
    into.set(a);
    if (low + 1 < this.end && place > low) mix(into, this.row(low + 1), place - low);
    return true;
  }
}

/**
 * @param {Float32Array} into
 * @param {Float32Array} other
 * @param {number} share
 */
function mix(into, other, share) {
  for (let i = AT.root; i < AT.root + 3; i++) into[i] += share * (other[i] - into[i]);
  for (let i = 0; i < BONES; i++) mixTurn(into, other, share, AT.bones + 4 * i);
  for (let i = 0; i < PROPS.length; i++) {
    const at = AT.props + 7 * i;
    for (let k = at; k < at + 3; k++) into[k] += share * (other[k] - into[k]);
    mixTurn(into, other, share, at + 3);
  }
  for (let i = AT.keys; i < AT.keys + KEYS; i++) into[i] += share * (other[i] - into[i]);
}

/**
 * Two turns of neighbouring frames are close: along the chord is as good as along the arc.
 * @param {Float32Array} into
 * @param {Float32Array} other
 * @param {number} share
 * @param {number} at
 */
function mixTurn(into, other, share, at) {
  let dot = 0;
  for (let k = at; k < at + 4; k++) dot += into[k] * other[k];
  const sign = dot < 0 ? -1 : 1;
  let size = 0;
  for (let k = at; k < at + 4; k++) {
    into[k] += share * (sign * other[k] - into[k]);
    size += into[k] * into[k];
  }
  size = Math.sqrt(size) || 1;
  for (let k = at; k < at + 4; k++) into[k] /= size;
}
