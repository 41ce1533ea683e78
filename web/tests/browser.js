/** A browser with the built page open, as the tests and the pictures want it. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PATIENCE = 240_000; // ms; two busy cores draw in software
const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-swiftshader",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--autoplay-policy=no-user-gesture-required",
];

const require = createRequire(import.meta.url);
const [, , , address, given = "{}"] = process.argv;
export { address };
export const options = JSON.parse(given);

/** @param {{flags?: string[], context?: object, query?: string, before?: (page: any) => Promise<void>}} [how] */
export async function opened({ flags = [], context = {}, query = "", before = async () => {} } = {}) {
  const browser = await chromium.launch({ executablePath: options.chromium, args: [...FLAGS, ...flags] });
  const visit = await browser.newContext({ viewport: { width: 480, height: 520 }, ...context });
  const page = await visit.newPage();
  /** @type {string[]} */
  const elsewhere = [];
  /** @type {string[]} */
  const errors = [];
  page.on("request", (/** @type {any} */ request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(address))
      elsewhere.push(request.url());
  });
  page.on("pageerror", (/** @type {Error} */ error) => errors.push(error.message));
  page.on(
    "console",
    (/** @type {any} */ message) => message.type() === "error" && errors.push(message.text()),
  );
  page.setDefaultTimeout(PATIENCE);
  await before(page);
  await page.goto(address + query);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  return { browser, visit, page, elsewhere, errors };
}

/** @param {any} page */
export async function heard(page) {
  await page.waitForFunction(() => document.documentElement.dataset.heard);
}

/**
 * What on the page stands in the way of people who see or move otherwise.
 * @param {any} page
 * @returns {Promise<string[]>}
 */
export async function shutOut(page) {
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
  return violations
    .filter((/** @type {any} */ one) => ["serious", "critical"].includes(one.impact))
    .map(
      (/** @type {any} */ one) =>
        `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.target).join(", ")}`,
    );
}
