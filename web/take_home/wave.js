/** A piece of sound as a WAV file of whole numbers, one channel. */

const HEAD = 44; // bytes

/**
 * @param {AudioBuffer} buffer
 * @param {number} start  s
 * @param {number} end  s
 * @returns {Uint8Array}
 */
export function wave(buffer, start, end) {
  const rate = buffer.sampleRate;
  const [first, last] = [Math.round(start * rate), Math.min(Math.round(end * rate), buffer.length)];
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  const view = new DataView(new ArrayBuffer(HEAD + 2 * (last - first)));
  const word = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true); // bits
  word(36, "data");
  view.setUint32(40, view.byteLength - HEAD, true);
  for (let i = first; i < last; i++) {
    const value = channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length;
    view.setInt16(HEAD + 2 * (i - first), Math.round(32767 * Math.min(Math.max(value, -1), 1)), true);
  }
  return new Uint8Array(view.buffer);
}
