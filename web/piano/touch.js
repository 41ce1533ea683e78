/** What the net of the hands' places is told at every step (`inference/piano/touch.py`). */

import { keyboard as k, pianoFingers, pianoTouch as t, rates } from "../generated/constants.js";

/** @typedef {import("./presses.js").Press} Press */

const NEVER = -1e6;

export class Touch {
  key = new Int32Array(k.ALL_FINGERS);
  start = new Float64Array(k.ALL_FINGERS).fill(NEVER);
  end = new Float64Array(k.ALL_FINGERS).fill(NEVER);
  place = Float64Array.from(pianoFingers.HOME);
  struck = new Float64Array(k.HANDS).fill(NEVER);
  low = Float64Array.from(pianoFingers.HOME);
  high = Float64Array.from(pianoFingers.HOME);

  /**
   * Features of a step.
   * @param {number} number
   * @param {Press[]} pressed  what is struck in it
   * @param {Iterable<Press>} held  the last press of every finger
   */
  step(number, pressed, held) {
    for (const press of [...pressed].sort((a, b) => a.pitch - b.pitch)) {
      const hand = k.HAND_OF[press.finger];
      const x = k.KEY_X[press.pitch];
      if (this.struck[hand] !== number) {
        this.struck[hand] = number;
        this.low[hand] = x;
      }
      this.place[hand] = press.place;
      this.high[hand] = x;
      this.key[press.finger] = press.pitch;
      this.start[press.finger] = press.start;
    }
    for (const press of held) this.end[press.finger] = press.end;
    return this.features(number);
  }

  /** @param {number} number */
  features(number) {
    const row = new Float32Array(t.TOUCH_COUNT);
    for (let finger = 0; finger < k.ALL_FINGERS; finger++) {
      const at = finger * t.PER_FINGER;
      const age = (number - this.start[finger]) / rates.VIDEO_FPS;
      const down = this.end[finger] > number && age >= 0;
      const told = down || age < t.REMEMBERED;
      const key = this.key[finger];
      row[at] = +down;
      row[at + 1] = Math.exp(-Math.max(age, 0) / t.FRESH_SECONDS);
      row[at + 2] = told ? (k.KEY_X[key] - this.place[k.HAND_OF[finger]]) / t.ASIDE : 0;
      row[at + 3] = +(told && k.IS_BLACK[key]);
    }
    for (let hand = 0; hand < k.HANDS; hand++) {
      const at = k.ALL_FINGERS * t.PER_FINGER + hand * t.PER_HAND;
      const home = pianoFingers.HOME[hand];
      const since = Math.max(number - this.struck[hand], 0) / rates.VIDEO_FPS;
      row[at] = (this.place[hand] - home) / t.ALONG;
      t.HAND_SECONDS.forEach((/** @type {number} */ seconds, /** @type {number} */ i) => {
        row[at + 1 + i] = Math.exp(-since / seconds);
      });
      row[at + 4] = (this.low[hand] - home) / t.ALONG;
      row[at + 5] = (this.high[hand] - home) / t.ALONG;
    }
    return row;
  }
}
