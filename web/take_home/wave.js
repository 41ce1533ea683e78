/** Sound as a WAV file of whole numbers. */

const HEAD = 44; // bytes
const PART = 20; // s of sound in one part of a long file

/**
 * A piece of sound, in one channel.
 * @param {AudioBuffer} buffer
 * @param {number} start  s
 * @param {number} end  s
 * @returns {Uint8Array}
 */
export function wave(buffer, start, end) {
  const rate = buffer.sampleRate;
  const [first, last] = [Math.round(start * rate), Math.min(Math.round(end * rate), buffer.length)];
  const mixed = new Float32Array(last - first);
  const count = buffer.numberOfChannels;
  for (const channel of channelsOf(buffer))
    for (let i = 0; i < mixed.length; i++) mixed[i] += channel[first + i] / count;
  const file = new Uint8Array(HEAD + 2 * mixed.length);
  file.set(head(mixed.length, 1, rate));
  file.set(new Uint8Array(whole([mixed], 0, mixed.length).buffer), HEAD);
  return file;
}

/**
 * A whole sound with its channels, in parts that follow one another.
 * @param {AudioBuffer} buffer
 * @returns {Generator<Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer>>}
 */
export function* waveParts(buffer) {
  const { length, sampleRate: rate, numberOfChannels } = buffer;
  const channels = channelsOf(buffer);
  yield head(length, numberOfChannels, rate);
  for (let first = 0; first < length; first += PART * rate)
    yield whole(channels, first, Math.min(first + PART * rate, length));
}

/** @param {AudioBuffer} buffer */
const channelsOf = (buffer) =>
  Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));

/**
 * @param {number} samples
 * @param {number} channels
 * @param {number} rate
 */
function head(samples, channels, rate) {
  const view = new DataView(new ArrayBuffer(HEAD));
  const size = 2 * channels; // bytes of a moment
  const word = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEAD + size * samples - 8, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, size * rate, true);
  view.setUint16(32, size, true);
  view.setUint16(34, 16, true); // bits
  word(36, "data");
  view.setUint32(40, size * samples, true);
  return new Uint8Array(view.buffer);
}

/**
 * Whole numbers of some samples, channel beside channel; browsers run on machines that put the low byte first, as WAV does.
 * @param {Float32Array[]} channels
 * @param {number} first
 * @param {number} last
 */
function whole(channels, first, last) {
  const numbers = new Int16Array(channels.length * (last - first));
  let at = 0;
  for (let i = first; i < last; i++)
    for (const channel of channels) numbers[at++] = Math.round(32767 * Math.min(Math.max(channel[i], -1), 1));
  return numbers;
}
