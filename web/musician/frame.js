/**
 * What every musician gives of a moment, in the room of the Python side's motions: metres, x to the player's left,
 * y up, z to where the player looks, origin on the floor below the hips.
 *
 * @typedef {import("../geometry/vectors.js").Vector} Vector
 * @typedef {[number, number, number, number]} Quaternion  x, y, z, w
 * @typedef {{place: Vector, turn: Quaternion}} Prop
 * @typedef {object} Frame
 * @property {Vector[]} joints  50, in the order of the layout
 * @property {Record<string, Prop>} props  violin and bow, or the keyboard
 * @property {Float64Array | null} keys  how far each of 88 keys is down, metres
 */

export {};
