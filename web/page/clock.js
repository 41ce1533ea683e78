/** Plays a sound and says where it is: the picture follows the sound card's clock, not the other way round. */

import { SlowSound } from "./slow_sound.js";

export class Clock {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AudioBuffer | null} */
    this.buffer = null;
    /** @type {AudioBufferSourceNode | null} */
    this.source = null;
    /** @type {SlowSound | null} what plays instead of a source, slower at the same pitch */
    this.slow = null;
    /** @type {SlowSound | null} */
    this.stretcher = null; // the same, whether it plays or not
    this.rate = 1;
    this.loop = false;
    this.place = 0; // s, where it stands or stood when the source was started
    this.began = 0; // s of the context's time
    /** @type {(() => void) | null} */
    this.onended = null;
    /** @type {MediaStreamAudioDestinationNode | null} */
    this.recorder = null;
    /** @type {number | null} a moment that a test has set: nothing moves by itself */
    this.stepped = null;
  }

  /** @param {AudioBuffer} buffer */
  open(buffer) {
    this.pause();
    this.stretcher?.close();
    this.buffer = buffer;
    this.place = 0;
  }

  get duration() {
    return this.buffer?.duration ?? 0;
  }

  get playing() {
    return this.source !== null || this.slow !== null;
  }

  /** Seconds of the sound that are heard now. */
  get now() {
    if (this.stepped !== null) return this.stepped;
    if (this.slow) return Math.min(this.slow.now, this.duration);
    if (!this.source || !this.context) return this.place;
    // what the context has computed is heard a little later
    const late = this.context.outputLatency || this.context.baseLatency || 0;
    const passed = Math.max(this.context.currentTime - late - this.began, 0);
    const at = this.place + passed;
    return this.loop ? at % this.duration : Math.min(at, this.duration);
  }

  async play() {
    if (!this.buffer) return;
    if (this.rate === 1) {
      this.context ??= new AudioContext();
      await this.context.resume();
    }
    this.stop();
    if (this.place >= this.duration - 0.01) this.place = 0;
    if (this.rate !== 1 || !this.context) return this.playSlowly(this.buffer);
    const source = this.context.createBufferSource();
    source.buffer = this.buffer;
    source.loop = this.loop;
    source.connect(this.context.destination);
    if (this.recorder) source.connect(this.recorder);
    source.onended = () => this.source === source && this.ended();
    this.began = this.context.currentTime;
    source.start(0, this.place);
    this.source = source;
  }

  /** @param {AudioBuffer} buffer */
  playSlowly(buffer) {
    this.stretcher ??= new SlowSound(() => this.slow && this.ended());
    this.stretcher.play(buffer, this.place, this.rate, this.loop);
    this.slow = this.stretcher;
  }

  ended() {
    this.place = this.duration;
    this.source = this.slow = null;
    this.onended?.();
  }

  pause() {
    this.place = this.now;
    this.stop();
  }

  stop() {
    const { source } = this;
    this.source = null;
    this.slow?.stop();
    this.slow = null;
    source?.stop();
    source?.disconnect();
  }

  /** @param {number} seconds */
  async seek(seconds) {
    const { playing } = this;
    this.stop();
    this.place = Math.min(Math.max(seconds, 0), this.duration);
    if (playing) await this.play();
  }

  /** @param {number} rate */
  async setRate(rate) {
    const { playing } = this;
    this.pause();
    this.rate = rate;
    if (playing) await this.play();
  }

  /** @param {boolean} loop */
  async setLoop(loop) {
    const { playing } = this;
    this.pause();
    this.loop = loop;
    if (playing) await this.play();
  }

  /** The sound as a track that can be recorded, while it plays. */
  track() {
    this.context ??= new AudioContext();
    this.recorder ??= this.context.createMediaStreamDestination();
    return this.recorder.stream.getAudioTracks()[0];
  }
}
