/** What goes wrong: little memory, old browsers, no WebGL, tabs behind others, microphones that end, large files. */

import { heard, opened, options } from "./browser.js";

/** @param {any} page */
async function refused(page) {
  await page.waitForFunction(() => document.getElementById("status")?.classList.contains("wrong"));
  return page.textContent("#status");
}

/** @type {Record<string, () => Promise<object>>} */
export const adverseTasks = {
  /** A recording, or a figure, that is too large for what the device tells of its memory; nothing of it is read. */
  async tooLarge() {
    const { browser, page, errors } = await opened({
      before: (page) =>
        page.addInitScript((/** @type {number} */ memory) => {
          Object.defineProperty(navigator, "deviceMemory", { get: () => memory });
          const read = Blob.prototype.arrayBuffer;
          Object.assign(globalThis, { bytesRead: 0 });
          Blob.prototype.arrayBuffer = function () {
            /** @type {any} */ (globalThis).bytesRead += this.size;
            return read.call(this);
          };
        }, options.memory),
    });
    const began = Date.now();
    await page.setInputFiles(/\.(glb|vrm)$/.test(options.file) ? "#avatar" : "#file", options.file);
    const said = await refused(page);
    const seconds = (Date.now() - began) / 1000;
    const read = await page.evaluate(() => /** @type {any} */ (globalThis).bytesRead);
    await browser.close();
    return { said, seconds, read, errors };
  },

  /** No WebGL: words, and files all the same. */
  async noWebGL() {
    const { browser, page, errors } = await opened({ flags: ["--disable-3d-apis"] });
    const said = await page.textContent("#status");
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.click("summary");
    const names = [];
    for (const format of ["npz", "bvh", "glb", "usdz"]) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.click(`[data-format="${format}"]`),
      ]);
      names.push(download.suggestedFilename());
      await download.saveAs(`${options.folder}/${download.suggestedFilename()}`);
    }
    await page.click('[data-format="video"]');
    const video = await refused(page);
    const time = await page.textContent("#time");
    await browser.close();
    return { said, names, video, time, errors: errors.filter((one) => !/WebGL/.test(one)) };
  },

  /** No SIMD in the browser's WebAssembly. */
  async noSimd() {
    const { browser, page, errors } = await opened({
      before: (page) => page.addInitScript("WebAssembly.validate = () => false"),
    });
    const said = [];
    for (const press of ["#example", "#microphone"]) {
      await page.evaluate(() => /** @type {any} */ (globalThis).page.say(""));
      await page.click(press);
      said.push(await refused(page));
    }
    await browser.close();
    return { said, errors };
  },

  /** Another tab lies over the page for a while. */
  async background() {
    const { browser, visit, page, errors } = await opened();
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.evaluate(async () => {
      const { page: own } = /** @type {any} */ (globalThis);
      await own.clock.setLoop(true);
      if (!own.clock.playing) await own.togglePlay();
      own.stage.renderer.setAnimationLoop(null); // what a hidden tab is: nobody asks for pictures
    });
    const other = await visit.newPage();
    await other.bringToFront();
    await other.waitForTimeout(2500);
    await page.bringToFront();
    const seen = await page.evaluate(() => {
      const { page: own } = /** @type {any} */ (globalThis);
      const { frames } = own.recital;
      const [behind, expected] = [own.row.slice(), own.row.slice()];
      /** @type {number[]} */
      const drawn = [];
      const at = frames.at.bind(frames);
      frames.at = (/** @type {number} */ seconds, /** @type {Float32Array} */ row) => {
        drawn.push(seconds);
        return at(seconds, row);
      };
      const before = own.clock.now;
      own.draw();
      const after = own.clock.now;
      const since = (/** @type {number} */ moment) =>
        (moment - before + own.clock.duration) % own.clock.duration; // it loops
      at(drawn[0], expected);
      const apart = (/** @type {Float32Array} */ one) =>
        Math.max(...one.map((value, i) => Math.abs(value - expected[i])));
      return {
        playing: own.clock.playing,
        passed: own.clock.context.currentTime,
        now: since(drawn[0]) <= since(after),
        apart: apart(own.row),
        moved: apart(behind),
      };
    });
    await browser.close();
    return { ...seen, errors };
  },

  /** A microphone that is pulled out while it is heard. */
  async unplugged() {
    const { browser, page, errors } = await opened({
      flags: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
      context: { permissions: ["microphone"] },
    });
    await page.click("#microphone");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.liveFrames.end > 24);
    await page.evaluate(() => {
      const [track] = /** @type {any} */ (globalThis).page.live.microphone.stream.getAudioTracks();
      track.stop();
      track.dispatchEvent(new Event("ended")); // which stop() alone does not send
    });
    const said = await refused(page);
    const after = await page.evaluate(() => ({
      live: Boolean(/** @type {any} */ (globalThis).page.live),
      pressed: document.getElementById("microphone")?.getAttribute("aria-pressed"),
    }));
    await page.click("#microphone"); // and it can begin again
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.liveFrames.end > 24);
    await browser.close();
    return { said, ...after, errors };
  },
};
