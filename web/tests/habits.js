/** What people do to a page: before any music, too early, twice, and while something else is going on. */

import { heard, opened, options } from "./browser.js";

const MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

/**
 * Where a part of the musician is on the picture, -1 to 1, and how far the camera is from there.
 * @param {any} page
 * @param {string} name
 */
const seen = (page, name) =>
  page.evaluate((/** @type {string} */ part) => {
    const { stage } = /** @type {any} */ (globalThis).page;
    stage.scene.updateMatrixWorld(true);
    const node = stage.figure.object.getObjectByName(part);
    const place = node.getWorldPosition(node.position.clone());
    const away = place.distanceTo(stage.camera.position);
    return { ...place.clone().project(stage.camera), away, place: place.toArray() };
  }, name);

/** @type {Record<string, () => Promise<object>>} */
export const habitTasks = {
  /** Nobody has played anything yet: who waits, and what a hand on the picture does. */
  async waiting() {
    const { browser, page, errors } = await opened({ query: `?instrument=${options.instrument}` });
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.stage.figure);
    await page.evaluate(() => /** @type {any} */ (globalThis).page.draw());
    const places = {};
    for (const name of options.parts) /** @type {any} */ (places)[name] = (await seen(page, name)).place;
    const camera = () =>
      page.evaluate(() => /** @type {any} */ (globalThis).page.stage.camera.position.toArray());
    const before = { camera: await camera(), chest: await seen(page, "chest") };
    const box = await page.locator("#picture").boundingBox();
    if (!box) throw new Error("the picture is nowhere");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 3];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(1500); // it glides
    const turned = { camera: await camera(), chest: await seen(page, "chest") };
    await page.click("#cameras label:first-of-type");
    const back = { camera: await camera() };
    await browser.close();
    return { places, before, turned, back, errors };
  },

  /** Two recordings one after the other: the later one plays. Another instrument twice: the later one sits there. */
  async hurry() {
    const { browser, page, errors } = await opened({ query: "?instrument=violin" });
    await page.setInputFiles("#file", options.first);
    await page.setInputFiles("#file", options.second);
    await heard(page);
    const name = await page.evaluate(() => /** @type {any} */ (globalThis).page.recital.name);
    const shown = await page.evaluate(async () => {
      const { page: own } = /** @type {any} */ (globalThis);
      own.choose("piano");
      const slow = own.instrumentChanged();
      own.choose("violin");
      await Promise.all([slow, own.instrumentChanged()]);
      return { instrument: own.stage.instrument, wanted: own.instrument };
    });
    await browser.close();
    return { name, ...shown, errors };
  },

  /** The microphone while a recording is heard, and afterwards the recording again. */
  async between() {
    const { browser, page, errors } = await opened({
      flags: MICROPHONE,
      context: { permissions: ["microphone"] },
      query: `?instrument=${options.instrument}`,
    });
    await page.setInputFiles("#file", options.file);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.recital?.frames.count);
    await page.click("#microphone");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.live);
    const live = {
      play: await page.isDisabled("#play"),
      take: await page.isDisabled('[data-format="npz"]'),
      progress: await page.isHidden("#progress"),
    };
    await page.click("#microphone");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.recital.complete);
    await page.waitForFunction(() => !document.querySelector("#play:disabled, .take:disabled"));
    const level = await page.evaluate(
      () => /** @type {HTMLMeterElement} */ (document.getElementById("level")).value,
    );
    const status = await page.textContent("#status");
    await browser.close();
    return { live, level, status, errors };
  },

  /** The example without a network, when it was never fetched. */
  async noExample() {
    const { browser, visit, page } = await opened();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await visit.setOffline(true);
    await page.click("#example");
    await page.waitForFunction(() => document.getElementById("status")?.classList.contains("wrong"));
    const status = await page.textContent("#status");
    await browser.close();
    return { status };
  },
};
