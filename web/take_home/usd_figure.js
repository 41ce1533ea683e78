/** A figure of one's own in USD's text: one skeleton for all its skins, what hangs from its bones, textures. */

import * as THREE from "three";
import * as usda from "./usda.js";

/** @typedef {import("./performer.js").Performer} Performer */

const ROOT = "/Recital/Musician";
const RIG = `${ROOT}/Rig`;
const SAME_BIND = 1e-5; // of a bone in two skins

/**
 * A bone as a skin has it. Scales above it (centimetres, mostly) go into what is bound to it, so that its movement is a
 * place and a turn.
 * @typedef {object} Joint
 * @property {THREE.Bone} bone
 * @property {THREE.Matrix4} bind  where it was when the skin was bound, its scale taken out
 * @property {THREE.Matrix4} unscaled
 * @property {number} parent  among the joints; -1 for none
 * @property {string} path
 */

export class UsdFigure {
  /**
   * @param {Performer} performer  with a figure of one's own, in its first frame
   * @param {(material: THREE.Material) => string} pathOf  a material's path in the layer
   */
  constructor({ own }, pathOf) {
    this.object = /** @type {import("../stage/own_figure.js").OwnFigure} */ (own).object;
    this.pathOf = pathOf;
    /** @type {THREE.SkinnedMesh[]} */
    this.skins = [];
    /** @type {THREE.Mesh[]} */
    this.rigid = [];
    this.object.updateMatrixWorld(true);
    this.object.traverse((one) => {
      if (one instanceof THREE.SkinnedMesh) this.skins.push(one);
      else if (one instanceof THREE.Mesh && one.geometry.attributes.position) this.rigid.push(one);
    });
    /** @type {Joint[]} */
    this.joints = [];
    this.numbers = this.skins.map(({ skeleton }) =>
      skeleton.bones.map((bone, i) => this.number(bone, skeleton.boneInverses[i])),
    );
    for (const [i, joint] of this.joints.entries()) this.hang(joint, i);
    /** @type {{places: number[], turns: number[]}[]} by frame, of all joints */
    this.frames = [];
    /** @type {string[][]} by frame, of what is not skinned */
    this.carried = [];
  }

  /** From the room to the figure, whose room is the recital's. */
  inverse() {
    return this.object.matrixWorld.clone().invert();
  }

  /**
   * Which joint a bone of a skin is; skins that were bound alike share it.
   * @param {THREE.Bone} bone
   * @param {THREE.Matrix4} boneInverse
   */
  number(bone, boneInverse) {
    const unscaled = withoutScale(this.inverse().multiply(bone.matrixWorld));
    const bind = boneInverse.clone().invert().multiply(unscaled);
    const known = this.joints.findIndex(
      (joint) =>
        joint.bone === bone &&
        joint.bind.elements.every((value, i) => Math.abs(value - bind.elements[i]) < SAME_BIND),
    );
    if (known >= 0) return known;
    return this.joints.push({ bone, bind, unscaled, parent: -1, path: "" }) - 1;
  }

  /**
   * A joint under the nearest that carries it.
   * @param {Joint} joint
   * @param {number} i
   */
  hang(joint, i) {
    for (let above = joint.bone.parent; above && joint.parent < 0; above = above.parent)
      joint.parent = this.joints.findIndex(({ bone }) => bone === above);
    joint.path = `${usda.identifier(joint.bone.name || "joint")}_${i}`;
  }

  /**
   * @param {Joint} joint
   * @returns {string}
   */
  pathOfJoint({ parent, path }) {
    return parent < 0 ? path : `${this.pathOfJoint(this.joints[parent])}/${path}`;
  }

  /** Keep how it stands now, as the next frame. */
  take() {
    this.object.updateMatrixWorld(true);
    const inverse = this.inverse();
    const where = this.joints.map(({ bone, unscaled }) =>
      inverse.clone().multiply(bone.matrixWorld).multiply(unscaled),
    );
    /** @type {{places: number[], turns: number[]}} */
    const frame = { places: [], turns: [] };
    const [place, turn, size] = [new THREE.Vector3(), new THREE.Quaternion(), new THREE.Vector3()];
    this.joints.forEach(({ parent }, i) => {
      const local = parent < 0 ? where[i] : where[parent].clone().invert().multiply(where[i]);
      local.decompose(place, turn, size);
      frame.places.push(...place.toArray());
      frame.turns.push(...turn.toArray());
    });
    this.frames.push(frame);
    this.carried.push(this.rigid.map((mesh) => usda.matrix(inverse.clone().multiply(mesh.matrixWorld))));
  }

  /** The figure's prims. */
  prims() {
    const root = usda.prim("SkelRoot", "Musician", [
      ...(this.joints.length ? [this.rig()] : []),
      ...this.skins.map((mesh, i) => this.skin(mesh, i)),
    ]);
    return [root, ...this.rigid.map((mesh, i) => this.worn(mesh, i))];
  }

  rig() {
    const joints = this.joints.map((joint) => this.pathOfJoint(joint));
    const { places, turns } = this.frames[0];
    const rest = this.joints.map((_, i) =>
      usda.matrix(
        new THREE.Matrix4().compose(
          new THREE.Vector3().fromArray(places, 3 * i),
          new THREE.Quaternion().fromArray(turns, 4 * i),
          new THREE.Vector3(1, 1, 1),
        ),
      ),
    );
    const animation = usda.prim("SkelAnimation", "Recital", [
      `uniform token[] joints = ${usda.words(joints)}`,
      `half3[] scales = ${usda.tuples(new Uint8Array(3 * joints.length).fill(1), 3)}`,
      usda.sampled(
        "quatf[] rotations",
        this.frames.map((frame) => usda.turns(frame.turns)),
      ),
      usda.sampled(
        "float3[] translations",
        this.frames.map((frame) => usda.tuples(frame.places, 3)),
      ),
    ]);
    return usda.prim(
      "Skeleton",
      "Rig",
      [
        `uniform token[] joints = ${usda.words(joints)}`,
        `uniform matrix4d[] bindTransforms = [${this.joints.map(({ bind }) => usda.matrix(bind)).join(", ")}]`,
        `uniform matrix4d[] restTransforms = [${rest.join(", ")}]`,
        `rel skel:animationSource = <${RIG}/Recital>`,
        animation,
      ],
      ["SkelBindingAPI"],
    );
  }

  /**
   * @param {THREE.SkinnedMesh} mesh
   * @param {number} i
   */
  skin(mesh, i) {
    const material = /** @type {THREE.Material} */ (mesh.material);
    const bound = { skeleton: RIG, bind: mesh.bindMatrix, joints: this.numbers[i] };
    return usda.meshPrim(`part${i}`, mesh.geometry, this.pathOf(material), bound, material.side);
  }

  /**
   * What hangs from a bone without a skin: glasses, a hat.
   * @param {THREE.Mesh} mesh
   * @param {number} i
   */
  worn(mesh, i) {
    const material = /** @type {THREE.Material} */ (mesh.material);
    return usda.prim("Xform", `worn${i}`, [
      usda.sampled(
        "matrix4d xformOp:transform",
        this.carried.map((frame) => frame[i]),
      ),
      'uniform token[] xformOpOrder = ["xformOp:transform"]',
      usda.meshPrim("shape", mesh.geometry, this.pathOf(material), null, material.side),
    ]);
  }
}

/**
 * What takes a matrix's scale away, from its own side.
 * @param {THREE.Matrix4} matrix
 */
function withoutScale(matrix) {
  const size = new THREE.Vector3().setFromMatrixScale(matrix);
  if (matrix.determinant() < 0) size.x = -size.x;
  return new THREE.Matrix4().makeScale(1 / (size.x || 1), 1 / (size.y || 1), 1 / (size.z || 1));
}
