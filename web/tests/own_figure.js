/** A figure of one's own, as the tests look at it. */

import { heard, opened, options } from "./browser.js";

/** @type {Record<string, () => Promise<object>>} */
export const figureTasks = {
  /** A figure of one's own plays: what it was given at some moments, how its bones and its instrument lie in the room. */
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
        const lies = (/** @type {any} */ one) => ({
          place: one.getWorldPosition(one.position.clone()).toArray(),
          turn: one.getWorldQuaternion(one.quaternion.clone()).toArray(),
        });
        own.clock.pause();
        return asked.moments.map((seconds) => {
          own.clock.stepped = seconds;
          own.draw();
          own.stage.scene.updateMatrixWorld(true);
          const { joints, props, keys } = unpacked(own.row, asked.instrument);
          const shown = (/** @type {string} */ name) => {
            const prop = own.stage.figure.object.getObjectByName(name);
            return prop ? lies(prop) : null;
          };
          return {
            given: { joints, props, keys: Array.from(keys) },
            bones: Object.fromEntries(
              [...own.figure.own.bones].map(([/** @type {string} */ name, bone]) => [name, lies(bone)]),
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
};
