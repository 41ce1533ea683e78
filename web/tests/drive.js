/**
 * Drives the built page in a real browser: `node web/tests/drive.js TASK ADDRESS OPTIONS` prints what it saw as JSON.
 * The Python tests start it and hold the answers to the Python side.
 */

import { heard, opened, options, shutOut } from "./browser.js";
import { adverseTasks } from "./adversity.js";
import { phoneTasks } from "./phone.js";
import { roomTasks } from "./room.js";

const [, , task] = process.argv;

/** @type {Record<string, () => Promise<object>>} */
const tasks = {
  ...adverseTasks,
  ...phoneTasks,
  ...roomTasks,
  /** All packed frames of a recording. */
  async golden() {
    const { browser, page, elsewhere, errors } = await opened({ query: `?instrument=${options.instrument}` });
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const rows = await page.evaluate(() => {
      const { frames } = /** @type {any} */ (globalThis).page.recital;
      const bytes = new Uint8Array(
        frames.numbers.buffer,
        0,
        4 * frames.count * frames.row(frames.first).length,
      );
      let text = "";
      for (let i = 0; i < bytes.length; i += 0x8000)
        text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
      return btoa(text);
    });
    const status = await page.textContent("#status");
    await browser.close();
    return { rows, status, elsewhere, errors };
  },

  /** At moments that the test sets, the picture shows those moments, and is not blank. */
  async stepped() {
    const { browser, page, errors } = await opened({ query: `?instrument=${options.instrument}` });
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const seen = [];
    for (const moment of options.moments) {
      const turn = await page.evaluate((/** @type {number} */ at) => {
        const { page: own } = /** @type {any} */ (globalThis);
        own.clock.pause();
        own.clock.stepped = at;
        own.draw();
        const bone = own.stage.figure.object.getObjectByName("rightLowerArm");
        return bone.quaternion.toArray();
      }, moment);
      const picture = await page.locator("#picture").screenshot();
      seen.push({ moment, turn, picture: picture.toString("base64") });
    }
    const cost = await page.evaluate(() => /** @type {any} */ (globalThis).page.stage.cost);
    await browser.close();
    return { seen, cost, errors };
  },

  /** A microphone that plays a file. */
  async microphone() {
    const { browser, page, errors } = await opened({
      flags: [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        `--use-file-for-fake-audio-capture=${options.file}`,
      ],
      context: { permissions: ["microphone"] },
      query: `?instrument=${options.instrument}`,
    });
    await page.click("#microphone");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.liveFrames.end > 48);
    const answer = await page.evaluate(() => {
      const { page: own } = /** @type {any} */ (globalThis);
      const { first, end } = own.liveFrames;
      let [least, most] = [Infinity, -Infinity];
      for (let frame = first; frame < end; frame++) {
        const x = own.liveFrames.row(frame)[0];
        least = Math.min(least, x);
        most = Math.max(most, x);
      }
      return {
        frames: end,
        latency: own.live.latency,
        computing: own.live.busy,
        finite: Number.isFinite(least + most),
        status: own.status.textContent,
      };
    });
    await page.click("#microphone");
    const stopped = await page.evaluate(() => /** @type {any} */ (globalThis).page.live === null);
    await browser.close();
    return { ...answer, stopped, errors };
  },

  /** A person who says no. */
  async refused() {
    const { browser, page } = await opened({
      flags: ["--deny-permission-prompts", "--use-fake-device-for-media-stream"],
    });
    await page.click("#microphone");
    await page.waitForFunction(() => document.getElementById("status")?.classList.contains("wrong"));
    const status = await page.textContent("#status");
    await browser.close();
    return { status };
  },

  /** Files that cannot be played. */
  async wrong() {
    const { browser, page } = await opened();
    const said = [];
    for (const file of options.files) {
      await page.evaluate(() => /** @type {any} */ (globalThis).page.say(""));
      await page.setInputFiles(/\.(glb|vrm)$/.test(file) ? "#avatar" : "#file", file);
      await page.waitForFunction(() => document.getElementById("status")?.classList.contains("wrong"));
      said.push(await page.textContent("#status"));
    }
    await browser.close();
    return { said };
  },

  /** What is taken home, as files in a folder. */
  async take() {
    const { browser, page, errors } = await opened({
      query: `?instrument=${options.instrument}`,
      context: { acceptDownloads: true },
    });
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.evaluate(() => /** @type {any} */ (globalThis).page.clock.pause());
    await page.click("summary");
    const names = [];
    for (const format of options.formats) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.click(`[data-format="${format}"]`),
      ]);
      names.push(download.suggestedFilename());
      await download.saveAs(`${options.folder}/${download.suggestedFilename()}`);
    }
    const status = await page.textContent("#status");
    await browser.close();
    return { names, status, errors };
  },

  /** The second visit, without a network. */
  async offline() {
    const { browser, visit, page } = await opened();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await visit.setOffline(true);
    await page.reload();
    await page.waitForFunction(() => document.documentElement.dataset.ready);
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const frames = await page.evaluate(() => Number(document.documentElement.dataset.heard));
    await browser.close();
    return { frames };
  },

  /** For a stream: no controls, nothing behind the figure. */
  async transparent() {
    const { browser, page } = await opened({ query: "?transparent" });
    const shown = await page
      .locator("header, footer, #transport, #more")
      .evaluateAll((/** @type {Element[]} */ all) => all.filter((one) => one.checkVisibility()).length);
    const picture = await page.screenshot({ omitBackground: true });
    await browser.close();
    return { shown, picture: picture.toString("base64") };
  },

  /** A live session of the Python program, through its WebSocket. */
  async server() {
    const { browser, page, errors } = await opened({ query: `?ws=${options.server}` });
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.following.end > 24);
    const seen = await page.evaluate(() => {
      const { page: own } = /** @type {any} */ (globalThis);
      own.draw();
      return {
        hips: Array.from(own.row.slice(0, 3)),
        moves: own.following.row(own.following.end - 1).some(Boolean),
      };
    });
    await browser.close();
    return {
      ...seen,
      errors: errors.filter((/** @type {string} */ text) => !text.includes("ERR_CONNECTION_REFUSED")),
    };
  },

  /** What stands in the way of people who see or move otherwise. */
  async access() {
    const { browser, page } = await opened({ context: { colorScheme: options.scheme } });
    await page.click("summary");
    const found = await shutOut(page);
    await browser.close();
    return { found };
  },

  /** A figure of one's own plays: what it was given at some moments, where its bones and its instrument are. */
  async figure() {
    const { browser, page, errors } = await opened({ query: `?instrument=${options.instrument}` });
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.setInputFiles("#avatar", options.avatar);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.figure.own);
    const frames = await page.evaluate(
      async (/** @type {{instrument: string, moments: number[]}} */ asked) => {
        const { page: own } = /** @type {any} */ (globalThis);
        const { unpacked } = await import(new URL("musician/packing.js", location.href).href);
        const place = (/** @type {any} */ one) => one.getWorldPosition(one.position.clone()).toArray();
        own.clock.pause();
        return asked.moments.map((seconds) => {
          own.clock.stepped = seconds;
          own.draw();
          own.stage.scene.updateMatrixWorld(true);
          const { joints, props, keys } = unpacked(own.row, asked.instrument);
          const shown = (/** @type {string} */ name) => {
            const prop = own.stage.figure.object.getObjectByName(name);
            return prop ? place(prop) : null;
          };
          return {
            given: { joints, props, keys: Array.from(keys) },
            bones: Object.fromEntries(
              [...own.figure.own.bones].map(([/** @type {string} */ name, bone]) => [name, place(bone)]),
            ),
            props: { violin: shown("violin"), bow: shown("bow") },
          };
        });
      },
      options,
    );
    await browser.close();
    return { frames, errors };
  },

  /** How long three minutes take, and a live frame: net, planner and bones; the heap in megabytes on the way. */
  async speed() {
    const { browser, page } = await opened({
      flags: ["--js-flags=--expose-gc", "--enable-precise-memory-info"],
      query: `?instrument=${options.instrument}`,
    });
    /** @param {{instrument: string, minutes: number}} how */
    const measured = async ({ instrument, minutes }) => {
      const from = (/** @type {string} */ name) => import(new URL(name, location.href).href);
      const [nets, { Performance }, { Violinist }, { Pianist }, { Follower }, { pack, SIZE }, { decode }] =
        await Promise.all(
          [
            "hearing/nets.js",
            "musician/performance.js",
            "violin/player.js",
            "piano/player.js",
            "figure/follower.js",
            "musician/packing.js",
            "sound/decoding.js",
          ].map(from),
        );
      const answer = await fetch(`sounds/${instrument}.mp3`);
      const [example] = (await decode(await answer.arrayBuffer(), instrument)).channels;
      const samples = new Float32Array(180 * 44100).map((_, i) => example[i % example.length]);
      const follower = new Follower(instrument);
      const player = async (/** @type {string} */ latency) =>
        instrument === "violin" ? new Violinist(latency) : new Pianist(latency, await nets.PlacesNet.open());
      const file = new Performance(await nets.listenerFor(instrument, "normal"), await player("file"), 5);
      const began = performance.now();
      const pose = (/** @type {any[]} */ frames) => frames.forEach((frame) => follower.pose(frame));
      for (let i = 0; i < samples.length; i += 220500) pose(await file.push(samples.subarray(i, i + 220500)));
      pose(await file.finish());
      const seconds = (performance.now() - began) / 1000;
      const live = new Performance(await nets.listenerFor(instrument, "normal"), await player("usual"), null);
      const [row, times, heap] = [
        new Float32Array(SIZE),
        /** @type {number[]} */ ([]),
        /** @type {number[]} */ ([]),
      ];
      for (let frame = 0; frame < 1440 * minutes; frame++) {
        const place = (Math.round(frame * 1837.5) % (samples.length - 1838)) | 0;
        const piece = samples.slice(place, place + 1837 + (frame % 2));
        const from = performance.now();
        for (const one of await live.push(piece))
          pack(one, follower.pose(one), follower.rig.names, row, null);
        times.push(performance.now() - from);
        if (frame % 1440 !== 1439) continue; // every minute of playing
        /** @type {any} */ (globalThis).gc();
        heap.push(Math.round(/** @type {any} */ (performance).memory.usedJSHeapSize / 1e6));
      }
      const sorted = times.slice(48).sort((a, b) => a - b);
      return {
        seconds,
        p50: sorted[sorted.length >> 1],
        p99: sorted[Math.floor(0.99 * sorted.length)],
        heap,
      };
    };
    const found = await page.evaluate(measured, {
      instrument: options.instrument,
      minutes: options.minutes ?? 3,
    });
    await browser.close();
    return found;
  },

  /** A picture for the docs. */
  async picture() {
    const { browser, page } = await shown();
    await at(page, options.moment);
    await page.waitForTimeout(2500);
    await page.screenshot({ path: options.out });
    await browser.close();
    return { out: options.out };
  },

  /** Pictures of the whole page at every moment, numbered, in a folder. */
  async film() {
    const { browser, page } = await shown();
    await page.evaluate(() => /** @type {any} */ (globalThis).page.say(""));
    await page.waitForTimeout(1500);
    for (const [number, moment] of options.moments.entries()) {
      await at(page, moment);
      await page.screenshot({ path: `${options.folder}/${String(number).padStart(5, "0")}.png` });
    }
    await browser.close();
    return { pictures: options.moments.length };
  },
};

/** A page that has heard a recording and looks as the options want it. */
async function shown() {
  const { browser, page } = await opened({
    query: `?instrument=${options.instrument}`,
    context: { viewport: options.viewport, colorScheme: options.scheme ?? "light" },
  });
  if (options.file) await page.setInputFiles("#file", options.file);
  else await page.click("#example");
  await heard(page);
  if (options.avatar) {
    await page.setInputFiles("#avatar", options.avatar);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.figure.own);
  }
  if (options.paper) {
    await page.click("summary");
    await page.check("#paper");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.paper.points);
    await page.click("summary");
  }
  if (options.camera) await page.check(`input[value="${options.camera}"]`, { force: true });
  return { browser, page };
}

/**
 * Show a moment; nothing moves by itself from then on.
 * @param {any} page
 * @param {number} moment
 */
async function at(page, moment) {
  await page.evaluate((/** @type {number} */ seconds) => {
    const { page: own } = /** @type {any} */ (globalThis);
    own.clock.pause();
    own.clock.stepped = seconds;
    own.showPlaying();
    own.draw();
  }, moment);
}

process.stdout.write(JSON.stringify(await tasks[task]()));
