/** What the paper's net says, drawn as the paper does: a skeleton in the picture's plane. */

import { layout, paperNets, rates } from "../generated/constants.js";

export class PaperPicture {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    /** @type {Float32Array | null} */
    this.points = null;
    /** @type {"violin" | "piano"} */
    this.instrument = "violin";
  }

  /** @param {number} seconds */
  draw(seconds) {
    const { canvas, context, points } = this;
    if (!context || !points || canvas.hidden) return;
    const [width, height] = paperNets[this.instrument].frame_size;
    const ratio = Math.min(devicePixelRatio, 2);
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    const scale = Math.min(canvas.width / width, canvas.height / height);
    const size = 2 * layout.points.length;
    const frame = Math.min(Math.max(Math.round(seconds * rates.VIDEO_FPS), 0), points.length / size - 1);
    const at = frame * size;
    context.lineWidth = 2.2 * ratio;
    context.lineCap = "round";
    for (const [a, b] of layout.edges) {
      context.strokeStyle = a < 8 && b < 8 ? "#2f7fa8" : a < 29 ? "#c9772c" : "#7a4fa3";
      context.beginPath();
      context.moveTo(points[at + 2 * a] * scale, points[at + 2 * a + 1] * scale);
      context.lineTo(points[at + 2 * b] * scale, points[at + 2 * b + 1] * scale);
      context.stroke();
    }
  }
}
