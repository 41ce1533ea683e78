/** The page's elements by id, and its words put into it. */

import { strings } from "./strings.js";

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} '${id}'`);
  return found;
}

/** Put the words of the strings' module where the page says which. */
export function speak() {
  const words = /** @type {Record<string, any>} */ (strings);
  const fingers = matchMedia("(pointer: coarse)").matches; // which drop nothing
  for (const one of document.querySelectorAll("[data-say]")) {
    const { say = "", touch } = /** @type {HTMLElement} */ (one).dataset;
    one.textContent = words[(fingers && touch) || say];
  }
  for (const one of document.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", words[/** @type {HTMLElement} */ (one).dataset.label ?? ""]);
  }
}

/**
 * Minutes and seconds.
 * @param {number} seconds
 */
export const clockFace = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
