/**
 * A sound played slower at its own pitch: a media element does that, and a source of Web Audio does not. What it plays is
 * the decoded sound itself, so that a moment of it is the same moment of the frames.
 */

import { waveParts } from "../take_home/wave.js";

const LONGEST_GUESS = 0.1; // s that time is carried on where the browser tells it in steps

export class SlowSound {
  /** @param {() => void} onended */
  constructor(onended) {
    this.media = new Audio();
    this.media.preservesPitch = true;
    this.media.onended = onended;
    /** @type {AudioBuffer | null} */
    this.buffer = null;
    this.told = 0; // s, the last moment that the browser told
    this.toldAt = 0; // ms, when
  }

  /**
   * @param {AudioBuffer} buffer
   * @param {number} place  s
   * @param {number} rate
   * @param {boolean} loop
   */
  play(buffer, place, rate, loop) {
    const { media } = this;
    if (this.buffer !== buffer) {
      this.close();
      this.buffer = buffer;
      media.src = URL.createObjectURL(new Blob([...waveParts(buffer)], { type: "audio/wav" }));
    }
    media.currentTime = place;
    media.defaultPlaybackRate = media.playbackRate = rate; // both: opening another sound goes back to the default
    media.loop = loop;
    this.told = place;
    this.toldAt = performance.now();
    media.play().catch(() => {}); // it was stopped before it began
  }

  /** Seconds of the sound that are heard now. */
  get now() {
    const { currentTime, playbackRate, readyState, seeking } = this.media;
    const now = performance.now();
    const waits = seeking || readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    if (waits || currentTime !== this.told) {
      this.told = currentTime;
      this.toldAt = now;
    }
    return this.told + playbackRate * Math.min((now - this.toldAt) / 1000, LONGEST_GUESS);
  }

  stop() {
    this.media.pause();
  }

  close() {
    this.stop();
    if (this.media.src) URL.revokeObjectURL(this.media.src);
    this.media.removeAttribute("src");
    this.buffer = null;
  }
}
