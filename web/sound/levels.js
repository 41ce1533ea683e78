/** What a sound really holds (`sound/levels.py`), and the level of every frame as musicians are told it. */

import { audioFeatures as a, levels as l, rates, level as r } from "../generated/constants.js";

/** @typedef {{gain: number, channel: number | null, offset: number, heard: boolean}} Content */

const { AUDIO_RATE, VIDEO_FPS } = rates;
const DECIBEL_PER_NEPER = 10 / Math.log(10);

/**
 * Factor that brings a mean square to an RMS of 0 dB; 1 for silence.
 * @param {number} meanSquare
 */
const gainOf = (meanSquare) => (Math.sqrt(meanSquare) < l.SILENCE_RMS ? 1 : 1 / Math.sqrt(meanSquare));

/**
 * Judge a whole sound: its gain, a channel to take where the channels cancel each other, a constant to take away.
 * @param {Float32Array[]} channels
 * @returns {Content}
 */
export function contentOf(channels) {
  const count = channels[0].length;
  if (!count) return { gain: 1, channel: null, offset: 0, heard: true };
  const products = channels.map((one) => channels.map((other) => product(one, other) / count));
  const means = channels.map((one) => sumOf(one) / count);
  const moving = products.map((row, i) => row.map((value, k) => value - means[i] * means[k]));
  const size = channels.length;
  const each = moving.reduce((sum, row, i) => sum + row[i], 0) / size;
  const all = moving.flat().reduce((sum, value) => sum + value, 0);
  let channel = null;
  if (all / size ** 2 < l.CANCELLING * each)
    channel = moving.reduce((b, row, i) => (row[i] > moving[b][b] ? i : b), 0);
  let offset = channel === null ? sumOf(means) / size : means[channel];
  const rest = channel === null ? each : moving[channel][channel];
  if (
    count < l.OFFSET_SAMPLES ||
    Math.abs(offset) < l.SMALLEST_OFFSET ||
    offset ** 2 <= l.OFFSET_SHARE * rest
  )
    offset = 0;
  if (loudestPart(channels) < l.GATE_RMS ** 2) return { gain: 1, channel: null, offset: 0, heard: false };
  if (channel === null && offset === 0) {
    const power = products.reduce((sum, row, i) => sum + row[i], 0) / size;
    return { gain: gainOf(power), channel, offset, heard: true };
  }
  return { gain: gainOf(rest), channel, offset, heard: true };
}

/**
 * One channel, as the content says.
 * @param {Float32Array[]} channels
 * @param {Content} content
 */
export function takenFrom(channels, { channel, offset, heard }) {
  const mono = new Float32Array(channels[0].length);
  if (!heard) return mono;
  const used = channel === null ? channels : [channels[channel]];
  const share = 1 / used.length;
  for (const one of used) for (let i = 0; i < mono.length; i++) mono[i] += share * one[i];
  if (offset) for (let i = 0; i < mono.length; i++) mono[i] -= offset;
  return mono;
}

/** @param {ArrayLike<number>} values */
function sumOf(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

/**
 * @param {Float32Array} one
 * @param {Float32Array} other
 */
function product(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

/**
 * Mean square of the loudest tenth of a second, its own constant aside.
 * @param {Float32Array[]} channels
 */
function loudestPart(channels) {
  let loudest = 0;
  for (const one of channels)
    for (let first = 0; first < one.length; first += l.GATE_SAMPLES) {
      const part = one.subarray(first, first + l.GATE_SAMPLES);
      if (part.length < l.GATE_SAMPLES / 2 && first) continue;
      const mean = sumOf(part) / part.length;
      loudest = Math.max(loudest, product(part, part) / part.length - mean * mean);
    }
  return loudest;
}

/** Where a frame's window begins: half a window before its moment. */
const startOf = (/** @type {number} */ frame) =>
  Math.floor((frame * AUDIO_RATE) / VIDEO_FPS + 0.5) - Math.floor(a.WINDOW_SAMPLES / 2);

/** How many frames a sound has: those whose moment lies inside it. */
export const framesIn = (/** @type {number} */ samples) => Math.ceil((samples * VIDEO_FPS) / AUDIO_RATE);

/** The levels of frames about the music's mean, while the sound comes (`inference/stream.py`, `sound/level.py`). */
export class FrameLevels {
  /** @param {number | null} gain  to an RMS of 0 dB where the whole sound is known; else the level is followed */
  constructor(gain) {
    this.gain = gain;
    this.energy = r.EXPECTED_RMS ** 2 * r.BELIEF_SECONDS;
    this.weight = r.BELIEF_SECONDS;
    this.frame = 0; // the next
    this.origin = startOf(0);
    this.sound = new Float32Array(-this.origin);
    this.heard = 0; // sample up to which the level knows the sound
  }

  /**
   * Take sound in and give the levels of the frames whose windows it completes, dB.
   * @param {Float32Array} samples
   */
  push(samples) {
    const joined = new Float32Array(this.sound.length + samples.length);
    joined.set(this.sound);
    joined.set(samples, this.sound.length);
    this.sound = joined;
    const levels = [];
    for (;;) {
      const start = startOf(this.frame) - this.origin;
      const end = start + a.WINDOW_SAMPLES;
      if (end > this.sound.length) break;
      const window = this.sound.subarray(start, end);
      const gain = this.gain ?? this.follow(end + this.origin);
      const energy = Math.max((gain * gain * product(window, window)) / window.length, a.ENERGY_FLOOR);
      levels.push(DECIBEL_PER_NEPER * Math.log(energy));
      this.frame += 1;
    }
    const past = Math.min(Math.max(0, startOf(this.frame) - this.origin), this.sound.length);
    const kept = this.gain === null ? Math.min(past, this.heard - this.origin) : past;
    this.sound = this.sound.slice(Math.max(kept, 0));
    this.origin += Math.max(kept, 0);
    return levels;
  }

  /**
   * Let silence follow and give the levels of the frames before this one.
   * @param {number} frame
   */
  finish(frame) {
    const missing = startOf(frame - 1) + a.WINDOW_SAMPLES - this.origin - this.sound.length;
    return missing > 0 ? this.push(new Float32Array(missing)) : [];
  }

  /**
   * The gain when the sound is known up to a sample.
   * @param {number} end
   */
  follow(end) {
    const part = this.sound.subarray(Math.max(this.heard - this.origin, 0), end - this.origin);
    const seconds = part.length / AUDIO_RATE;
    const mean = seconds ? product(part, part) / part.length : 0;
    if (mean > r.GATE_RMS ** 2) {
      const kept = Math.exp(-seconds / r.FORGETTING_SECONDS);
      this.energy = this.energy * kept + mean * seconds;
      this.weight = this.weight * kept + seconds;
    }
    this.heard = Math.max(end, this.heard);
    return Math.sqrt(this.weight / this.energy);
  }
}
