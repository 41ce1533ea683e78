/** A sound's loudness over its length, drawn once under the seek bar. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} samples
 * @param {string} colour
 */
export function drawWaveform(canvas, samples, colour) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour;
  const step = samples.length / width;
  for (let x = 0; x < width; x++) {
    let most = 0;
    const end = Math.min(Math.floor((x + 1) * step), samples.length);
    const stride = Math.max(1, Math.floor(step / 256)); // of an hour no more is looked at than is seen
    for (let i = Math.floor(x * step); i < end; i += stride) most = Math.max(most, Math.abs(samples[i]));
    const tall = Math.max(1, Math.sqrt(most) * height);
    context.fillRect(x, (height - tall) / 2, 1, tall);
  }
}
