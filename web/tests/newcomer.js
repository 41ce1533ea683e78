/** The page as somebody meets it who was given only its address: on any screen, with the keyboard alone, slowly. */

import { heard, opened, options, shutOut } from "./browser.js";

const HEIGHTS = ["#picture", "#transport", "#looks"];

/** @param {any} page */
const position = (page) =>
  page.evaluate(() => {
    const { clock } = /** @type {any} */ (globalThis).page;
    const seek = document.getElementById("seek");
    return {
      at: clock.now,
      shown: /** @type {HTMLInputElement} */ (seek).valueAsNumber,
      said: seek?.getAttribute("aria-valuetext"),
      playing: clock.playing,
    };
  });

/** @type {Record<string, () => Promise<object>>} */
export const newcomerTasks = {
  /** How tall the picture and its controls are, before and in full screen. */
  async fullScreen() {
    const { browser, page, errors } = await opened({ context: { viewport: options.viewport } });
    const heights = () =>
      page.evaluate(
        (/** @type {string[]} */ names) =>
          names.map((name) => document.querySelector(name)?.getBoundingClientRect().toJSON()),
        HEIGHTS,
      );
    const before = await heights();
    await page.click("#full-screen");
    await page.waitForFunction(() => document.fullscreenElement);
    const full = await heights();
    await browser.close();
    return { before, full, errors };
  },

  /** What a phone is greeted with. */
  async greeted() {
    const { browser, page, errors } = await opened({
      context: { viewport: options.viewport, hasTouch: true, isMobile: true },
    });
    const said = await page.textContent("#welcome");
    const tops = await page.evaluate(() =>
      ["h1", "#instruments"].map((name) => {
        const { top, bottom } = /** @type {Element} */ (document.querySelector(name)).getBoundingClientRect();
        return (top + bottom) / 2;
      }),
    );
    await browser.close();
    return { said, tops, errors };
  },

  /** What a screen reader says of the status while a recording is heard. */
  async announced() {
    const { browser, page, errors } = await opened();
    await page.evaluate(() => {
      const status = /** @type {Element} */ (document.getElementById("status"));
      const said = /** @type {[string, boolean][]} */ ([]);
      new MutationObserver(() => said.push([status.textContent ?? "", status.ariaBusy === "true"])).observe(
        status,
        { childList: true, characterData: true, subtree: true },
      );
      /** @type {any} */ (globalThis).said = said;
    });
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const said = await page.evaluate(() => /** @type {any} */ (globalThis).said);
    await browser.close();
    return { said, errors };
  },

  /** On the position with the keyboard alone: what it says, and where the keys go. */
  async keys() {
    const { browser, page, errors } = await opened();
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const widths = [];
    const wide = () => page.evaluate(() => document.getElementById("play")?.offsetWidth);
    widths.push(await wide());
    await page.evaluate(() => /** @type {any} */ (globalThis).page.togglePlay());
    widths.push(await wide());
    await page.evaluate(() => /** @type {any} */ (globalThis).page.clock.seek(1));
    await page.focus("#seek");
    const seen = [];
    for (const key of options.keys) {
      await page.keyboard.press(key);
      await page.evaluate(() => /** @type {any} */ (globalThis).page.draw());
      seen.push(await position(page));
    }
    await browser.close();
    return { seen, widths, errors };
  },

  /** What a slower sound's pitch is, and whether the frames follow what is heard. */
  async slow() {
    const { browser, page, errors } = await opened();
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.selectOption("#speed", options.speed);
    await page.waitForFunction(() => {
      const { slow } = /** @type {any} */ (globalThis).page.clock;
      return slow?.now > 0.5 && slow.media.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA; // has a track
    });
    const pitches = await page.evaluate(async () => {
      const { clock } = /** @type {any} */ (globalThis).page;
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 16384 });
      context.createMediaStreamSource(clock.slow.media.captureStream()).connect(analyser);
      const spectrum = new Float32Array(analyser.frequencyBinCount);
      const found = [];
      while (found.length < 5) {
        await new Promise((resolve) => setTimeout(resolve, 400));
        analyser.getFloatFrequencyData(spectrum);
        const loudest = spectrum.indexOf(Math.max(...spectrum));
        if (spectrum[loudest] > -60) found.push((loudest * context.sampleRate) / analyser.fftSize);
        if (!clock.playing) await clock.play();
      }
      return found;
    });
    const seen = await page.evaluate(async () => {
      const { clock } = /** @type {any} */ (globalThis).page;
      const { media } = clock.slow ?? (await clock.play(), clock.slow);
      const apart = clock.now - media.currentTime;
      clock.pause();
      const paused = { place: clock.now, media: media.currentTime, still: media.paused };
      await clock.setRate(1);
      const back = clock.now;
      await clock.setLoop(true);
      await clock.setRate(0.5);
      await clock.play();
      const looped = clock.slow.media.loop;
      await clock.seek(2);
      const sought = clock.slow.media.currentTime;
      return { apart, paused, back, looped, sought };
    });
    await browser.close();
    return { pitches, ...seen, errors };
  },

  /** What is said of some files, one after the other. */
  async told() {
    const { browser, page, errors } = await opened();
    const said = [];
    for (const file of options.files) {
      await page.evaluate(() => delete document.documentElement.dataset.heard);
      await page.setInputFiles("#file", file);
      await heard(page);
      said.push(await page.textContent("#status"));
    }
    await browser.close();
    return { said, errors };
  },

  /** What is said while the position is where nothing was heard yet. */
  async ahead() {
    const { browser, page, errors } = await opened();
    await page.setInputFiles("#file", options.file);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.recital?.frames.count);
    const said = await page.evaluate(() => {
      const { page: own } = /** @type {any} */ (globalThis);
      own.clock.stepped = own.clock.duration;
      own.recordings.progressed(0.2);
      const ahead = own.status.textContent;
      own.clock.stepped = 0;
      own.recordings.progressed(0.2);
      return [ahead, own.status.textContent];
    });
    await browser.close();
    return { said, errors };
  },

  /** What a screen reader says of each thing to take home. */
  async taking() {
    const { browser, page, errors } = await opened({ context: { viewport: options.viewport } });
    await page.click("summary");
    const described = await page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll(".take")].map((button) => {
          const words = document.getElementById(button.getAttribute("aria-describedby") ?? "");
          return [button.getAttribute("data-format"), words?.checkVisibility() ? words.textContent : ""];
        }),
      ),
    );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    const found = await shutOut(page);
    await browser.close();
    return { described, wide, shutOut: found, errors };
  },

  /** The instruments that stand there when a recital that was taken home is the figure. */
  async takenAsFigure() {
    const { browser, page, errors } = await opened();
    await page.setInputFiles("#avatar", options.avatar);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.figure.own);
    const instruments = () =>
      page.evaluate(() => {
        const { page: own } = /** @type {any} */ (globalThis);
        let meshes = 0;
        own.figure.own.object.traverse((/** @type {any} */ one) => {
          if (one.isMesh && !one.isSkinnedMesh) meshes++;
        });
        return { meshes, bones: own.figure.own.bones.size };
      });
    const violin = await instruments();
    await page.evaluate(async () => {
      const { page: own } = /** @type {any} */ (globalThis);
      own.choose("piano");
      await own.instrumentChanged();
    });
    const piano = await instruments();
    await browser.close();
    return { violin, piano, errors };
  },

  /** Where the ends of the keyboard are in the pictures of some cameras, -1 to 1. */
  async keyboard() {
    const { browser, page, errors } = await opened({ query: "?instrument=piano" });
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.stage.figure);
    const ends = await page.evaluate(
      (/** @type {string[]} */ cameras) =>
        cameras.map((camera) => {
          const { stage } = /** @type {any} */ (globalThis).page;
          stage.look(camera);
          stage.scene.updateMatrixWorld(true);
          stage.camera.updateMatrixWorld(true);
          return ["key_21", "key_108"].map((key) => {
            const node = stage.figure.object.getObjectByName(key);
            return node.getWorldPosition(node.position.clone()).project(stage.camera).toArray();
          });
        }),
      options.cameras,
    );
    await browser.close();
    return { ends, errors };
  },
};
