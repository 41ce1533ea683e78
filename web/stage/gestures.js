/** Fingers on the screen: one or two that turn, two that pinch, and whether a touch was a tap. */

const STILL = 8; // CSS pixels that a tapping finger may slip

/**
 * @typedef {object} Told
 * @property {(angle: number) => void} turned  rad, about the upright axis
 * @property {(factor: number) => void} scaled
 */

export class Gestures {
  /**
   * @param {HTMLElement} surface
   * @param {Told} told
   */
  constructor(surface, told) {
    this.surface = surface;
    this.told = told;
    /** @type {Map<number, [number, number]>} */
    this.fingers = new Map();
    this.slipped = 0; // pixels since the first finger came
    surface.addEventListener("pointerdown", (event) => this.down(event));
    surface.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"])
      surface.addEventListener(end, (event) =>
        this.fingers.delete(/** @type {PointerEvent} */ (event).pointerId),
      );
  }

  /** Whether the touch that is there, or was the last, was no more than a tap. */
  get tapped() {
    return this.slipped <= STILL;
  }

  /** @param {PointerEvent} event */
  down({ pointerId, clientX, clientY }) {
    if (!this.fingers.size) this.slipped = 0;
    this.fingers.set(pointerId, [clientX, clientY]);
    if (this.fingers.size > 1) this.slipped = Infinity;
  }

  /** @param {PointerEvent} event */
  move({ pointerId, clientX, clientY }) {
    const last = this.fingers.get(pointerId);
    if (!last || this.fingers.size > 2) return;
    const other = [...this.fingers].find(([id]) => id !== pointerId)?.[1];
    const [dx, dy] = [clientX - last[0], clientY - last[1]];
    this.slipped += Math.hypot(dx, dy);
    this.fingers.set(pointerId, [clientX, clientY]);
    if (other) {
      const before = [last[0] - other[0], last[1] - other[1]];
      const after = [clientX - other[0], clientY - other[1]];
      const angle = Math.atan2(after[1], after[0]) - Math.atan2(before[1], before[0]);
      this.told.turned(-Math.atan2(Math.sin(angle), Math.cos(angle))); // with the fingers, seen from above
      this.told.scaled(Math.hypot(...after) / Math.max(Math.hypot(...before), 1));
    } else if (!this.tapped) this.told.turned((Math.PI * dx) / this.surface.clientWidth);
  }
}
