/** The torso of one player: spine, shoulders (`musician/body.py`). */

import { matrixOfAngles, minus, plus, rotated } from "../geometry/vectors.js";

/**
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {import("../geometry/vectors.js").Matrix} Matrix
 * @typedef {{upper_arm: number, forearm: number, shoulders: number, trunk: number, hand: number, nose: Vector,
 *   hips: number}} Body  metres
 */

/** A rigid trunk that bends at the hips; x to the player's left, y up, z to the front, origin between the hips. */
export class Trunk {
  /**
   * @param {Body} body
   * @param {number} yaw  to the left, radians
   * @param {number} pitch  to the front
   * @param {number} roll  to the side
   * @param {number} rise  metres
   */
  constructor(body, yaw, pitch, roll, rise) {
    /** @type {Matrix} */
    this.rotation = matrixOfAngles(yaw, pitch, roll);
    /** @type {Vector} */
    this.neck = plus(rotated(this.rotation, [0, body.trunk, 0]), rise, [0, 1, 0]);
    const side = rotated(this.rotation, [body.shoulders / 2, 0, 0]);
    this.leftShoulder = plus(this.neck, 1, side);
    this.rightShoulder = minus(this.neck, side);
  }

  /**
   * Room direction of a direction of the chest.
   * @param {Vector} local
   */
  along(local) {
    return rotated(this.rotation, local);
  }

  /**
   * Room position of a point given from the neck in the chest's directions.
   * @param {Vector} local
   */
  place(local) {
    return plus(this.neck, 1, this.along(local));
  }

  /**
   * The chest's own upward direction.
   * @returns {Vector}
   */
  get up() {
    return [this.rotation[0][1], this.rotation[1][1], this.rotation[2][1]];
  }
}
