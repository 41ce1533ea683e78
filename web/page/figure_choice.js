/** One's own figure in the mannequin's place: chosen, shown, given back. */

import { LARGEST_FIGURE, Unplayable, readFigure } from "../stage/own_figure.js";
import { element } from "./elements.js";
import { strings } from "./strings.js";

/** @param {import("./page.js").Page} page */
export function connectFigure(page) {
  const choice = new FigureChoice(page);
  element("avatar", HTMLInputElement).addEventListener("change", (event) => {
    const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
    if (file) void choice.open(file);
    /** @type {HTMLInputElement} */ (event.target).value = ""; // so that the same file can be chosen again
  });
  element("own-figure-back", HTMLButtonElement).addEventListener("click", () => choice.back());
  return choice;
}

class FigureChoice {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {ArrayBuffer | null} */
    this.data = null;
    /** @type {import("../stage/own_figure.js").OwnFigure | null} */
    this.own = null;
  }

  /** @param {File} file */
  async open(file) {
    const { page } = this;
    if (!page.stage) return page.say(strings.noWebGL, true);
    const size = Math.round(file.size / 1e6);
    if (size > LARGEST_FIGURE) return page.say(strings.figureTooLarge(size, LARGEST_FIGURE), true);
    const data = await file.arrayBuffer();
    try {
      await readFigure(data, page.instrument);
    } catch (error) {
      const key = error instanceof Unplayable ? error.message : "notRead";
      return page.say(
        key === "notAFigure" ? strings.notAFigure(file.name) : strings.notRead(file.name),
        true,
      );
    }
    this.data = data;
    await this.changed();
    page.say(strings.figureLoaded(file.name, this.own?.guessed ?? 0));
    element("own-figure-back", HTMLButtonElement).hidden = false;
    element("welcome", HTMLElement).hidden = true;
  }

  /** The same figure once more, for somebody who poses it otherwise. */
  async copy() {
    return this.data ? await readFigure(this.data, this.page.instrument) : null;
  }

  /** The instrument changed: the figure is posed anew for who plays it. */
  async changed() {
    const { stage, instrument } = this.page;
    if (!stage) return;
    if (this.own) stage.player.remove(this.own.object);
    this.own = this.data ? await readFigure(this.data, instrument) : null;
    if (this.own) stage.player.add(this.own.object);
    stage.moveWith(this.own?.apart ?? [0, 0, 0]);
    if (stage.figure) stage.figure.body.visible = !this.own;
  }

  back() {
    this.data = null;
    void this.changed();
    element("own-figure-back", HTMLButtonElement).hidden = true;
  }

  /**
   * Pose it; gives the frame as it plays it, or as it was where the mannequin plays.
   * @param {Float32Array} row
   * @param {number} seconds
   */
  pose(row, seconds) {
    return this.own?.pose(row, seconds) ?? row;
  }
}
