/** A file of any kind that the browser decodes, as channels at 44.1 kHz. */

import { rates } from "../generated/constants.js";

export const MOST_CHANNELS = 2;

const ASIDE = Math.SQRT1_2; // 3 dB softer, as ffmpeg folds what is in the middle, at the sides and behind
/** What the left and the right ear get of each channel, by how many there are, in the order of browsers. */
const FOLDS = new Map([
  [3, ["L", "R", ""]],
  [4, ["L", "R", "l", "r"]],
  [5, ["L", "R", "lr", "l", "r"]],
  [6, ["L", "R", "lr", "", "l", "r"]],
  [8, ["L", "R", "lr", "", "l", "r", "l", "r"]],
]);

/** Minutes of sound that this device's memory holds beside the frames: phones have little. */
export function mostMinutes() {
  const memory = /** @type {any} */ (navigator).deviceMemory ?? 4; // GB, as far as the browser tells
  return memory >= 8 ? 120 : memory >= 4 ? 45 : 20;
}

/** A sound that cannot be played; `key` names the page's sentence, `values` what it tells. */
export class Undecodable extends Error {
  /**
   * @param {string} key
   * @param {...(string | number)} values
   */
  constructor(key, ...values) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

const WORTH_ASKING = 1e6; // bytes: smaller files are decoded before anybody could be told their length
const PATIENCE = 4000; // ms

/**
 * Refuse a file that this device's memory cannot hold, before any of it is read.
 * @param {File} file
 */
export async function refuseTooLong(file) {
  if (file.size < WORTH_ASKING) return;
  const media = document.createElement("audio");
  const url = URL.createObjectURL(file);
  /** @type {number} */
  const seconds = await new Promise((resolve) => {
    media.onloadedmetadata = () => resolve(media.duration);
    media.onerror = () => resolve(NaN); // decoding will say what is wrong
    setTimeout(() => resolve(NaN), PATIENCE);
    media.preload = "metadata";
    media.src = url;
  });
  media.removeAttribute("src");
  URL.revokeObjectURL(url);
  if (Number.isFinite(seconds)) refuseOver(seconds);
}

/** @param {number} seconds */
function refuseOver(seconds) {
  const minutes = seconds / 60;
  if (minutes > mostMinutes()) throw new Undecodable("tooLong", Math.round(minutes), mostMinutes());
}

/**
 * @param {ArrayBuffer} data
 * @param {string} name
 * @returns {Promise<{channels: Float32Array[], buffer: AudioBuffer}>}
 */
export async function decode(data, name) {
  if (!data.byteLength) throw new Undecodable("emptyFile", name);
  const context = new OfflineAudioContext(MOST_CHANNELS, 1, rates.AUDIO_RATE);
  /** @type {AudioBuffer} */
  let buffer;
  try {
    buffer = await context.decodeAudioData(data);
  } catch {
    throw new Undecodable("cannotDecode", name);
  }
  refuseOver(buffer.duration);
  buffer = folded(buffer);
  if (buffer.length < rates.AUDIO_RATE / rates.VIDEO_FPS) throw new Undecodable("tooShort");
  const count = Math.min(buffer.numberOfChannels, MOST_CHANNELS);
  const channels = Array.from({ length: count }, (_, i) => {
    const channel = buffer.getChannelData(i);
    // one channel is heard as the Python side hears it: ffmpeg makes two of it, 3 dB softer each
    const louder = count === 1 ? Math.SQRT1_2 : 1;
    return channel.map((sample) => (Number.isFinite(sample) ? louder * sample : 0));
  });
  return { channels, buffer };
}

/**
 * Two channels of more: music may be in any of them.
 * @param {AudioBuffer} buffer
 */
function folded(buffer) {
  const { numberOfChannels: count, length, sampleRate } = buffer;
  if (count <= MOST_CHANNELS) return buffer;
  const ears = FOLDS.get(count) ?? Array.from({ length: count }, () => "lr");
  const both = new AudioBuffer({ numberOfChannels: MOST_CHANNELS, length, sampleRate });
  ["L", "R"].forEach((ear, side) => {
    const heard = both.getChannelData(side);
    ears.forEach((reaches, i) => {
      const share = reaches === ear ? 1 : reaches.includes(ear.toLowerCase()) ? ASIDE : 0;
      if (share) buffer.getChannelData(i).forEach((sample, at) => (heard[at] += share * sample));
    });
  });
  return both;
}
