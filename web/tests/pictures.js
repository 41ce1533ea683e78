/** Pictures of the page for the docs. */

import { heard, opened, options } from "./browser.js";

/** @type {Record<string, () => Promise<object>>} */
export const pictureTasks = {
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
