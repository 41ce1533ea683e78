/** Who is taken home: the mannequin, or a copy of the figure of one's own that played in its place. */

import * as THREE from "three";
import { followers, mannequin, rates } from "../generated/constants.js";
import { Frames } from "../stage/frames.js";

/**
 * @typedef {import("../stage/figure.js").Figure} Figure
 * @typedef {import("../stage/own_figure.js").OwnFigure} OwnFigure
 * @typedef {object} Asked
 * @property {number} [first]  frame
 * @property {number} [last]  behind the last frame
 * @property {() => void} [posed]  called when a figure of one's own stands as in the next frame
 * @property {(share: number) => void} [told]
 */

const SETTLED = 24; // frames in which hair and cloth come to hang as they do at the beginning
const AT_ONCE = 120; // frames posed before the page may breathe

export class Performer {
  /**
   * @param {"violin" | "piano"} instrument
   * @param {Figure} figure  the mannequin, its instrument and furniture
   * @param {OwnFigure | null} own  a copy of its own, that nobody else poses
   */
  constructor(instrument, figure, own) {
    this.instrument = instrument;
    this.own = own;
    this.rig = own?.rig ?? followers[instrument];
    this.object = figure.object;
    if (!own) return;
    withPlainMaterials(own.object);
    // a scene without the mannequin's body, whose parts stay where they are on the page
    this.object = new THREE.Scene();
    this.object.name = figure.object.name;
    this.object.children = [own.object, ...figure.object.children.filter((part) => part !== figure.body)];
  }

  /**
   * The frames as they are played: by bones of other lengths, the hips and what is held are elsewhere.
   * @param {Frames} frames
   * @param {Asked} [asked]
   * @returns {Promise<Frames>}
   */
  async played(frames, { first = 0, last = frames.count, posed = () => {}, told = () => {} } = {}) {
    const { own } = this;
    const played = new Frames();
    if (!own) {
      for (let frame = first; frame < last; frame++) played.push(frames.row(frame));
      return played;
    }
    const moment = (/** @type {number} */ frame) => (frame + SETTLED) / rates.VIDEO_FPS;
    for (let frame = first - SETTLED; frame < first; frame++) own.pose(frames.row(first), moment(frame));
    for (let frame = first; frame < last; frame++) {
      played.push(own.pose(frames.row(frame), moment(frame)));
      posed();
      if ((frame - first) % AT_ONCE !== AT_ONCE - 1) continue;
      told((frame - first) / (last - first));
      await new Promise((resolve) => setTimeout(resolve));
    }
    return played;
  }

  /**
   * The nodes of a figure of one's own that may move.
   * @returns {THREE.Object3D[]}
   */
  get nodes() {
    /** @type {THREE.Object3D[]} */
    const found = [];
    const bones = new Set(this.own?.bones.values());
    this.own?.object.traverse((one) => {
      if (one instanceof THREE.Bone || bones.has(one)) found.push(one);
    });
    return found;
  }

  /** The node that carries everything else. */
  get hips() {
    return this.own?.bones.get(mannequin.names[0]);
  }
}

/**
 * Materials that files know: of a drawn manner its colour and its texture, without the outline.
 * @param {THREE.Object3D} object
 */
function withPlainMaterials(object) {
  /** @type {Map<THREE.Material, THREE.Material>} */
  const plain = new Map();
  object.traverse((one) => {
    if (!(one instanceof THREE.Mesh)) return;
    /** @type {any} */
    const material = Array.isArray(one.material)
      ? (one.material.find(({ isOutline }) => !isOutline) ?? one.material[0])
      : one.material;
    if (!material.isShaderMaterial) one.material = material;
    else {
      const { name, color, map, side, transparent, alphaTest } = material;
      if (!plain.has(material))
        plain.set(
          material,
          new THREE.MeshStandardMaterial({ name, color, map, side, transparent, alphaTest, roughness: 1 }),
        );
      one.material = plain.get(material);
    }
  });
}
