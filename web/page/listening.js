/** The microphone's button: a live session begins, ends, and begins anew with other settings. */

import { hasSimd } from "../hearing/simd.js";
import { Frames } from "../stage/frames.js";
import { element } from "./elements.js";
import { Live } from "./live.js";
import { strings } from "./strings.js";
import { callOff } from "./taking_home.js";

export const LIVE_KEPT = 240; // frames

export class Listening {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  async toggle() {
    if (this.page.live) await this.stop();
    else await this.start();
  }

  async start() {
    if (!hasSimd()) return this.page.say(strings.noSimd, true);
    this.page.clock.pause();
    this.page.showPlaying();
    const live = new Live(this.page);
    callOff();
    if (!(await live.open())) return;
    this.page.recordings.wait();
    this.page.live = live;
    this.page.liveFrames = new Frames(LIVE_KEPT);
    element("welcome", HTMLElement).hidden = true;
    const button = element("microphone", HTMLButtonElement);
    button.textContent = strings.stopMicrophone;
    button.setAttribute("aria-pressed", "true");
  }

  /** @param {boolean} [goOn]  with the recording that was open before */
  async stop(goOn = true) {
    const { live } = this.page;
    if (!live) return;
    this.page.live = null;
    this.page.band.stop();
    await live.close();
    const button = element("microphone", HTMLButtonElement);
    button.textContent = strings.microphone;
    button.setAttribute("aria-pressed", "false");
    const level = element("level", HTMLMeterElement);
    level.value = level.min;
    element("live-figures", HTMLElement).textContent = "";
    this.page.say(strings.liveOff);
    if (goOn) this.page.recordings.goOn();
  }

  async restart() {
    if (!this.page.live) return;
    await this.stop(false);
    await this.start();
  }
}
