/** The microphone as it is: no echo cancelling, no gain control, no noise removal, at 44.1 kHz. */

import { rates } from "../generated/constants.js";

export class Microphone {
  /** @param {string} device  empty for the usual one */
  static async open(device) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        deviceId: device ? { exact: device } : undefined,
        echoCancellation: false,
        autoGainControl: false,
        noiseSuppression: false,
      },
    });
    // a context of another rate than the device's resamples what comes in
    const context = new AudioContext({ sampleRate: rates.AUDIO_RATE });
    await context.audioWorklet.addModule(new URL("./capture.js", import.meta.url));
    const source = context.createMediaStreamSource(stream);
    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    const analyser = context.createAnalyser();
    source.connect(capture);
    source.connect(analyser);
    await context.resume();
    return new Microphone(stream, context, capture, analyser);
  }

  /**
   * @param {MediaStream} stream
   * @param {AudioContext} context
   * @param {AudioWorkletNode} capture
   * @param {AnalyserNode} analyser
   */
  constructor(stream, context, capture, analyser) {
    this.stream = stream;
    this.context = context;
    this.capture = capture;
    this.analyser = analyser;
    this.window = new Float32Array(analyser.fftSize);
  }

  /**
   * Send what is heard through a port.
   * @param {MessagePort} port
   */
  sendTo(port) {
    this.capture.port.postMessage(port, [port]);
  }

  /** Call when the device goes away. */
  onunplugged(/** @type {() => void} */ told) {
    for (const track of this.stream.getAudioTracks()) track.addEventListener("ended", told);
  }

  /** Level of the last moment, dB of full scale. */
  get level() {
    this.analyser.getFloatTimeDomainData(this.window);
    let sum = 0;
    for (const value of this.window) sum += value * value;
    return 10 * Math.log10(Math.max(sum / this.window.length, 1e-9));
  }

  async close() {
    for (const track of this.stream.getTracks()) track.stop();
    await this.context.close();
  }
}

/** The microphones that can be chosen. */
export async function microphones() {
  const devices = await navigator.mediaDevices?.enumerateDevices();
  return (devices ?? []).filter(({ kind }) => kind === "audioinput");
}
