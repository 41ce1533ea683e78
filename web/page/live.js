/** The microphone to the worker, frames back: a live session on the page. */

import { rates } from "../generated/constants.js";
import { Microphone, microphones } from "../sound/microphone.js";
import { element } from "./elements.js";
import { strings } from "./strings.js";

const SHOWN_EVERY = 12; // pictures between two readings of the level and the figures

export class Live {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Microphone | null} */
    this.microphone = null;
    this.latency = 0;
    this.busy = 0;
    this.pictures = 0;
    this.shown = 0; // frame that was shown last, with its share
    this.drawn = performance.now();
  }

  /** Whether sound comes. */
  async open() {
    const { page } = this;
    if (!navigator.mediaDevices?.getUserMedia) {
      page.say(strings.noMicrophone, true);
      return false;
    }
    try {
      this.microphone = await Microphone.open(element("devices", HTMLSelectElement).value);
    } catch (error) {
      page.say(
        error instanceof DOMException && error.name === "NotAllowedError"
          ? strings.refused
          : strings.noMicrophone,
        true,
      );
      return false;
    }
    const channel = new MessageChannel();
    this.microphone.sendTo(channel.port1);
    const latency = element("latency", HTMLSelectElement).value === "low" ? "low" : "usual";
    page.band.live(page.instrument, latency, channel.port2, page.manner);
    this.microphone.onunplugged(() => {
      // said last: what ends says that the microphone is off
      void page.listening.stop().then(() => page.say(strings.unplugged, true));
    });
    page.say(strings.liveOn);
    await this.list();
    return true;
  }

  /** @param {number} latency  seconds */
  ready(latency) {
    this.latency = latency;
  }

  /**
   * Follow what a frame of computing takes.
   * @param {number} milliseconds
   */
  computed(milliseconds) {
    this.busy += 0.1 * (milliseconds - this.busy);
  }

  /** The microphones that can be chosen, by name. */
  async list() {
    const select = element("devices", HTMLSelectElement);
    const { value } = select;
    select.replaceChildren(
      ...(await microphones()).map(({ deviceId, label }, i) => new Option(label || `${i + 1}`, deviceId)),
    );
    if ([...select.options].some((option) => option.value === value)) select.value = value;
  }

  /**
   * The moment that is shown: evenly on with the time, never farther from the newest frame than two.
   * @param {number} end  number behind the last frame that is there
   */
  moment(end) {
    const now = performance.now();
    this.shown += ((now - this.drawn) / 1000) * rates.VIDEO_FPS;
    this.drawn = now;
    const newest = Math.max(end - 1, 0);
    this.shown = Math.min(Math.max(this.shown, newest - 2), newest);
    return this.shown / rates.VIDEO_FPS;
  }

  /** Level and figures, a few times a second. */
  show() {
    if (this.pictures++ % SHOWN_EVERY || !this.microphone) return;
    element("level", HTMLMeterElement).value = this.microphone.level;
    const behind = Math.round(1000 * this.latency);
    element("live-figures", HTMLElement).textContent = behind
      ? strings.liveFigures(behind, this.busy.toFixed(1))
      : "";
  }

  async close() {
    await this.microphone?.close();
    this.microphone = null;
  }
}
