/**
 * Drives the built page in a real browser: `node web/tests/drive.js TASK ADDRESS OPTIONS` prints what it saw as JSON.
 * The Python tests start it and hold the answers to the Python side.
 */

import { heard, opened, options, shutOut } from "./browser.js";
import { adverseTasks } from "./adversity.js";
import { figureTasks } from "./own_figure.js";
import { habitTasks } from "./habits.js";
import { newcomerTasks } from "./newcomer.js";
import { phoneTasks } from "./phone.js";
import { pictureTasks } from "./pictures.js";
import { roomTasks } from "./room.js";
import { speedTasks } from "./speed.js";

const [, , task] = process.argv;

/** @type {Record<string, () => Promise<object>>} */
const tasks = {
  ...adverseTasks,
  ...figureTasks,
  ...habitTasks,
  ...newcomerTasks,
  ...phoneTasks,
  ...pictureTasks,
  ...roomTasks,
  ...speedTasks,
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
    if (options.avatar) {
      await page.setInputFiles("#avatar", options.avatar);
      await page.waitForFunction(() => /** @type {any} */ (globalThis).page.figure.own);
    }
    await page.click("summary");
    if (options.sizeOfPicture)
      await page.evaluate(async () => {
        const { videoSize } = await import(new URL("page/taking_home.js", location.href).href);
        const { width, height } = /** @type {any} */ (globalThis).page.canvas;
        Object.assign(videoSize, { long: Math.max(width, height), short: Math.min(width, height) });
      });
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
};

process.stdout.write(JSON.stringify(await tasks[task]()));
