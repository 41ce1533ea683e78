/** Runs beside the sound card: passes what is heard on, in pieces of a hundredth of a second. */

const PIECE = 512; // samples

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {MessagePort | null} */
    this.out = null;
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
    this.port.onmessage = ({ data }) => (this.out = data);
  }

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    if (!channels.length) return true;
    const count = channels[0].length;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.piece[this.filled++] = sum / channels.length;
      if (this.filled === PIECE) {
        this.out?.postMessage(this.piece); // copied: the worklet's own memory stays
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("capture", Capture);
