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

// what the room's light is, where the session tells it
const LIGHT = `
  Object.defineProperty(XRSession.prototype, "enabledFeatures", { get: () => ["hit-test", "light-estimation"] });
  XRSession.prototype.requestLightProbe = async () => ({});
  XRFrame.prototype.getLightEstimate = () => ({
    sphericalHarmonicsCoefficients: new Float32Array(27).fill(0.3),
    primaryLightIntensity: { x: 2, y: 1.5, z: 1 },
    primaryLightDirection: { x: 0.6, y: 0.8, z: 0 },
  });`;

// as a device shows it: nothing of the page but what lies over the room; wall, skirting and floor for a camera's picture
const ROOM = `
  header, main, footer { visibility: hidden; }
  body { background: linear-gradient(#d9d4c8 0 62%, #f3f0e8 62% 64%, #a98962 64%, #8a6b47) fixed; }`;

/** A page in a browser whose device iwer plays. */
async function inARoom() {
  const iwer = await readFile(require.resolve("iwer/build/iwer.min.js"), "utf8");
  const visit = await opened({
    query: options.instrument ? `?instrument=${options.instrument}` : "",
    context: { bypassCSP: true },
    before: (page) =>
      page.addInitScript({
        content: `Object.defineProperty(navigator, "xr", { value: undefined, writable: true, configurable: true });
          ${iwer}; const device = new IWER.XRDevice(IWER.metaQuest3); device.installRuntime();
          ${options.floor ? FLOOR : ""} ${options.light ? LIGHT : ""}`,
      }),
  });
  await visit.page.locator("#in-the-room:not([hidden])").waitFor();
  return visit;
}

/**
 * Press a button though iwer lies over all.
 * @param {any} page
 * @param {string} id
 */
const press = (page, id) =>
  page.evaluate((/** @type {string} */ one) => document.getElementById(one)?.click(), id);

/** @param {any} page */
async function entered(page) {
  await press(page, "in-the-room");
  await page.waitForFunction(() => /** @type {any} */ (globalThis).page.stage.renderer.xr.isPresenting);
  await page.waitForFunction(() => /room|floor/.test(document.getElementById("status")?.textContent ?? ""));
}

/** @param {any} page */
const left = (page) =>
  page.waitForFunction(() => !(/** @type {any} */ (globalThis).page.stage.renderer.xr.isPresenting));

/**
 * The room was drawn once more since: what was done before is in the picture.
 * @param {any} page
 */
const drawn = (page) =>
  page.evaluate(() => {
    const session = /** @type {any} */ (globalThis).page.stage.renderer.xr.getSession();
    const frame = () => new Promise((resolve) => session.requestAnimationFrame(resolve));
    return frame()
      .then(frame)
      .then(() => {}); // the first may have begun before
  });

/** @param {any} page */
const ringSeen = (page) =>
  page.waitForFunction(() =>
    /** @type {any} */ (globalThis).page.stage.scene.children.some(
      (/** @type {any} */ one) => one.geometry?.type === "RingGeometry" && one.visible,
    ),
  );

/**
 * The device says that the screen was touched; where the musician stands then.
 * @param {any} page
 */
const tapped = (page) =>
  page.evaluate(() => {
    const { stage } = /** @type {any} */ (globalThis).page;
    stage.renderer.xr.getSession().dispatchEvent(new Event("select"));
    return [stage.player.visible, ...stage.player.position.toArray()];
  });

/** @param {any} page */
const standing = (page) =>
  page.evaluate(() => {
    const { player } = /** @type {any} */ (globalThis).page.stage;
    return { turn: player.rotation.y, scale: player.scale.x };
  });

/**
 * @typedef {[number, {x: number, y: number}[]]} Way  of a finger, by its number: where it comes down, and goes
 */

/**
 * @param {any} page
 * @param {Way[]} ways
 */
const felt = (page, ways) => page.evaluate(fingers, ways);

/**
 * Fingers come down, move along their ways in small steps, and go; in the page.
 * @param {Way[]} ways
 */
function fingers(ways) {
  const surface = /** @type {HTMLElement} */ (document.getElementById("room"));
  const tell = (/** @type {string} */ type, /** @type {number} */ pointerId, /** @type {any} */ { x, y }) =>
    surface.dispatchEvent(
      new PointerEvent(type, { pointerId, clientX: x, clientY: y, pointerType: "touch" }),
    );
  for (const [id, [from]] of ways) tell("pointerdown", id, from);
  for (let step = 1; step <= 50; step++)
    for (const [id, [from, to]] of ways)
      if (to)
        tell("pointermove", id, {
          x: from.x + ((to.x - from.x) * step) / 50,
          y: from.y + ((to.y - from.y) * step) / 50,
        });
  for (const [id, way] of ways) tell("pointerup", id, way[way.length - 1]);
}

/** @type {Record<string, () => Promise<object>>} */
export const roomTasks = {
  /** In a room that iwer pretends to see. */
  async room() {
    const { browser, page, errors } = await inARoom();
    await entered(page);
    const inside = await page.evaluate(() => /** @type {any} */ (globalThis).page.stage.player.visible);
    if (options.floor) await ringSeen(page);
    const place = await tapped(page);
    const said = await page.textContent("#status");
    await press(page, "in-the-room");
    await left(page);
    const outside = await page.evaluate(() => /** @type {any} */ (globalThis).page.stage.player.visible);
    await browser.close();
    return { inside, place, outside, said, errors };
  },

  /** Turned, pinched, put elsewhere, lit by the room, while the sound goes on. */
  async handled() {
    const { browser, page, errors } = await inARoom();
    await page.setInputFiles("#file", options.file);
    await heard(page);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).page.clock.playing);
    await page.evaluate(() => /** @type {any} */ (globalThis).page.clock.setLoop(true));
    await entered(page);
    await ringSeen(page);
    await tapped(page);
    /** @type {Record<string, any>} */
    const seen = { facing: await standing(page) };
    const middle = { x: 240, y: 260 };
    await felt(page, [[1, [middle, { x: 240 + 120, y: 260 }]]]);
    seen.dragged = await standing(page);
    seen.slipped = await tapped(page).then(() => standing(page)); // the end of a drag is no tap
    await felt(page, [
      [
        1,
        [
          { x: 140, y: 260 },
          { x: 90, y: 260 },
        ],
      ],
      [
        2,
        [
          { x: 340, y: 260 },
          { x: 390, y: 260 },
        ],
      ],
    ]);
    seen.pinched = await standing(page);
    await felt(page, [
      [1, [{ x: 240, y: 260 }]],
      [
        2,
        [
          { x: 340, y: 260 },
          { x: 240, y: 360 },
        ],
      ], // a quarter, clockwise
    ]);
    seen.twisted = await standing(page);
    await press(page, "life-size");
    seen.lifeSize = await standing(page);
    await felt(page, [[1, [middle]]]);
    seen.tappedAgain = await tapped(page).then(() => standing(page));
    if (options.out) await page.screenshot({ path: options.out });
    await page.waitForFunction(() => !(/** @type {any} */ (globalThis).page.stage.sky.visible)); // the room's light
    await drawn(page);
    seen.light = await page.evaluate(() => {
      const { key, sky, rim } = /** @type {any} */ (globalThis).page.stage;
      return {
        colour: key.color.toArray(),
        from: key.position.toArray(),
        intensity: key.intensity,
        own: [sky.visible, rim.visible],
      };
    });
    seen.sound = [];
    for (let i = 0; i < 2; i++) {
      seen.sound.push(
        await page.evaluate(() => {
          const { clock, row } = /** @type {any} */ (globalThis).page;
          return {
            playing: clock.playing,
            at: clock.context.currentTime,
            row: Array.from(row.slice(0, 240)),
          };
        }),
      );
      await page.waitForTimeout(400);
    }
    await press(page, "room-play");
    await page.waitForFunction(() => !(/** @type {any} */ (globalThis).page.clock.playing));
    await press(page, "leave-room");
    await left(page);
    seen.after = await page.evaluate(() => {
      const { stage } = /** @type {any} */ (globalThis).page;
      return {
        scale: stage.player.scale.x,
        turn: stage.player.rotation.y,
        intensity: stage.key.intensity,
        own: [stage.sky.visible, stage.rim.visible],
        overlay: /** @type {HTMLElement} */ (document.getElementById("room")).hidden,
      };
    });
    await browser.close();
    return { ...seen, errors };
  },

  /** A picture for the docs: the musician on the floor of a room that is painted behind. */
  async roomPicture() {
    const { browser, page } = await inARoom();
    await press(page, "example");
    await heard(page);
    await page.addStyleTag({ content: ROOM });
    await page.evaluate((/** @type {number} */ seconds) => {
      const { page: own } = /** @type {any} */ (globalThis);
      own.clock.pause();
      own.clock.stepped = seconds;
      own.showPlaying();
    }, options.moment);
    await entered(page);
    await ringSeen(page);
    await tapped(page);
    await page.waitForTimeout(2500);
    await page.screenshot({ path: options.out });
    await browser.close();
    return { out: options.out };
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
