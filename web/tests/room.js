/** The musician in a room that iwer pretends to see. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { heard, opened, options, shutOut } from "./browser.js";

const require = createRequire(import.meta.url);

// a floor that the device finds 2 m ahead, for iwer's own needs a module that draws rooms
const FLOOR = `
  XRSession.prototype.requestHitTestSource = async () => ({ cancel() {} });
  XRFrame.prototype.getHitTestResults = () => [{ getPose: () => ({ transform: { matrix: new Float32Array(
    [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, -1.2, -2, 1]) } }) }];`;

/** @type {Record<string, () => Promise<object>>} */
export const roomTasks = {
  /** In a room that iwer pretends to see. */
  async room() {
    const iwer = await readFile(require.resolve("iwer/build/iwer.min.js"), "utf8");
    const { browser, page, errors } = await opened({
      context: { bypassCSP: true },
      before: (page) =>
        page.addInitScript({
          content: `Object.defineProperty(navigator, "xr", { value: undefined, writable: true, configurable: true });
            ${iwer}; const device = new IWER.XRDevice(IWER.metaQuest3); device.installRuntime();
            ${options.floor ? FLOOR : ""}`,
        }),
    });
    await page.locator("#in-the-room:not([hidden])").waitFor();
    const press = () => page.evaluate(() => document.getElementById("in-the-room")?.click()); // iwer lies over all
    await press();
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.stage.renderer.xr.isPresenting);
    await page.waitForFunction(() => /room|floor/.test(document.getElementById("status")?.textContent ?? ""));
    const inside = await page.evaluate(() => /** @type {any} */ (globalThis).page.stage.player.visible);
    if (options.floor)
      await page.waitForFunction(() => {
        const { children } = /** @type {any} */ (globalThis).page.stage.scene;
        return children.some(
          (/** @type {any} */ one) => one.geometry?.type === "RingGeometry" && one.visible,
        );
      });
    const place = await page.evaluate(async () => {
      const { stage } = /** @type {any} */ (globalThis).page;
      stage.renderer.xr.getSession().dispatchEvent(new Event("select"));
      return [stage.player.visible, ...stage.player.position.toArray()];
    });
    const said = await page.textContent("#status");
    await press();
    await page.waitForFunction(() => !(/** @type {any} */ (globalThis).page.stage.renderer.xr.isPresenting));
    const outside = await page.evaluate(() => /** @type {any} */ (globalThis).page.stage.player.visible);
    await browser.close();
    return { inside, place, outside, said, errors };
  },

  /** An iPhone: no live AR, but links that open AR Quick Look. */
  async quickLook() {
    const { browser, page, errors } = await opened({
      query: `?instrument=${options.instrument}`,
      context: { viewport: { width: 390, height: 760 }, colorScheme: options.scheme },
      before: (page) =>
        page.addInitScript(() => {
          DOMTokenList.prototype.supports = (/** @type {string} */ token) => token === "ar";
        }),
    });
    const asked = async () => {
      await page.click("#in-the-room");
      await page.locator("#quick-look[open]").waitFor();
      return page.textContent("#quick-look-note");
    };
    const early = await asked();
    const tooEarly = await page.isVisible("#quick-look-link");
    await page.keyboard.press("Escape");
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.evaluate(() => /** @type {any} */ (globalThis).page.clock.pause());
    const note = await asked();
    await page.screenshot({ path: options.out });
    const link = await page.evaluate(async () => {
      const one = /** @type {HTMLAnchorElement} */ (document.getElementById("quick-look-link"));
      const data = await (await fetch(one.href)).arrayBuffer();
      return {
        rel: one.rel,
        children: Array.from(one.children, ({ tagName }) => tagName),
        name: one.download,
        begins: String.fromCharCode(...new Uint8Array(data, 0, 2)),
        bytes: data.byteLength,
      };
    });
    const blocked = await shutOut(page);
    await browser.close();
    return { early, tooEarly, note, link, shutOut: blocked, errors };
  },
};
