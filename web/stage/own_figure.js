/** A figure of one's own: a VRM or any humanoid GLB takes the mannequin's place. */

import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { findBones, missing } from "../figure/bone_map.js";
import { Follower } from "../figure/follower.js";
import { orientation, tPose } from "../figure/rest_pose.js";
import { rigOf } from "../figure/rig_tables.js";
import { followers, mannequin } from "../generated/constants.js";
import { SAME, opposite, product } from "../geometry/quaternions.js";
import { minus } from "../geometry/vectors.js";
import { pack, unpacked } from "../musician/packing.js";

export const LARGEST_FIGURE = 100; // MB
/** A figure that cannot play; what is wrong with it is a key of the page's strings. */
export class Unplayable extends Error {}

/**
 * @typedef {object} OwnFigure
 * @property {THREE.Object3D} object
 * @property {(row: Float32Array, seconds: number) => Float32Array} pose
 *   poses the figure on a packed frame; gives the frame as it plays it, its instrument where it holds it
 * @property {Map<string, THREE.Object3D>} bones  by VRM name
 * @property {import("../figure/rig_tables.js").Rig} rig
 * @property {number} guessed  bones whose names said nothing
 * @property {import("../geometry/vectors.js").Vector} apart  of who plays from where the mannequin would, metres
 */

/**
 * @param {ArrayBuffer} data
 * @param {"violin" | "piano"} instrument
 * @returns {Promise<OwnFigure>}
 */
export async function readFigure(data, instrument) {
  const { VRMLoaderPlugin, VRMUtils } = await import("@pixiv/three-vrm");
  const loader = new GLTFLoader();
  loader.register((parser) => /** @type {any} */ (new VRMLoaderPlugin(/** @type {any} */ (parser))));
  /** @type {any} */
  let file;
  try {
    file = await loader.parseAsync(data, "");
  } catch {
    throw new Unplayable("notRead");
  }
  const vrm = file.userData.vrm;
  if (!vrm) {
    const { bones, guessed } = await bonesFound(file.parser);
    leaveThings(file.scene, bones);
    return new Posed(file.scene, bones, instrument, { guessed });
  }
  VRMUtils.rotateVRM0(vrm);
  vrm.humanoid.autoUpdateHumanBones = false; // its own bones are posed, not the normalised ones
  vrm.humanoid.normalizedHumanBonesRoot.removeFromParent();
  return new Posed(vrm.scene, bonesOf(vrm), instrument, { goOn: (seconds) => vrm.update(seconds) });
}

/**
 * What no bone carries is no part of who plays, on the command line as here: the instrument and the furniture of a recital
 * that was taken home, a floor, a backdrop.
 * @param {THREE.Object3D} scene
 * @param {Map<string, THREE.Object3D>} bones
 */
function leaveThings(scene, bones) {
  const carriers = new Set(bones.values());
  /** @type {Set<THREE.Object3D>} */
  const kept = new Set(carriers); // and what carries them
  for (const bone of carriers) bone.traverseAncestors((above) => kept.add(above));
  /** @type {THREE.Object3D[]} */
  const left = [];
  scene.traverse((one) => {
    if (!(one instanceof THREE.Mesh) || one instanceof THREE.SkinnedMesh) return;
    let carried = false;
    one.traverseAncestors((above) => {
      carried ||= carriers.has(above);
    });
    if (!carried && !kept.has(one)) left.push(one);
  });
  for (const one of left) one.removeFromParent();
}

/**
 * A VRM knows its bones.
 * @param {any} vrm
 * @returns {Map<string, THREE.Object3D>}
 */
function bonesOf(vrm) {
  const found = new Map();
  for (const name of mannequin.names) {
    const bone = vrm.humanoid.getRawBoneNode(name);
    if (bone) found.set(name, bone);
  }
  return found;
}

/**
 * Bones by the names that other programs give them, else by where they lie.
 * @param {any} parser  of the file
 */
async function bonesFound(parser) {
  const { nodes, guessed } = findBones(parser.json);
  /** @type {Map<string, THREE.Object3D>} */
  const bones = new Map();
  for (const [bone, node] of nodes) bones.set(bone, await parser.getDependency("node", node));
  return { bones, guessed: guessed.length };
}

/** A figure that plays with bones of its own lengths. */
class Posed {
  /**
   * @param {THREE.Object3D} scene
   * @param {Map<string, THREE.Object3D>} bones  by VRM name
   * @param {"violin" | "piano"} instrument
   * @param {object} [more]
   * @param {(seconds: number) => void} [more.goOn]  what moves by itself: hair, cloth
   * @param {number} [more.guessed]  bones that were found by their place
   */
  constructor(scene, bones, instrument, { goOn = () => {}, guessed = 0 } = {}) {
    if (missing(bones).length) throw new Unplayable("notAFigure");
    this.instrument = instrument;
    this.bones = bones;
    this.guessed = guessed;
    this.goOn = goOn;
    this.last = 0;
    scene.traverse(shown);
    this.object = new THREE.Group();
    this.object.add(this.standing(scene));
    this.object.updateMatrixWorld(true);
    const { stretch, ...skeleton } = tPose(this.places());
    this.follower = new Follower(instrument, rigOf(instrument, skeleton));
    this.apart = minus(this.follower.rig.origin, followers[instrument].origin);
    /** From the T pose to where each bone's own axes lie, in the room. */
    this.rest = mannequin.names.map((/** @type {string} */ name, /** @type {number} */ i) => {
      const bone = bones.get(name);
      return bone ? product(stretch[i], quaternionOf(bone)) : SAME;
    });
  }

  /** Its bones as they are posed. */
  get rig() {
    return this.follower.rig;
  }

  /**
   * The scene in the room's directions and units.
   * @param {THREE.Object3D} scene
   */
  standing(scene) {
    scene.updateMatrixWorld(true);
    const found = orientation(this.places());
    if (!found) throw new Unplayable("notAFigure");
    const group = new THREE.Group();
    group.add(scene);
    group.quaternion.fromArray(found.upright);
    group.scale.setScalar(found.scale);
    return group;
  }

  /** Where its bones are. */
  places() {
    /** @type {Map<string, import("../geometry/vectors.js").Vector>} */
    const found = new Map();
    const place = new THREE.Vector3();
    for (const [name, bone] of this.bones) {
      const { x, y, z } = bone.getWorldPosition(place);
      found.set(name, [x, y, z]);
    }
    return found;
  }

  /**
   * @param {Float32Array} row
   * @param {number} seconds
   */
  pose(row, seconds) {
    const frame = unpacked(row, this.instrument);
    const pose = this.follower.pose(frame);
    /** @type {import("../geometry/quaternions.js").Quaternion[]} */
    const world = [];
    const [inverse, above, place] = [new THREE.Matrix4(), new THREE.Matrix4(), new THREE.Vector3()];
    this.object.updateWorldMatrix(true, false);
    inverse.copy(this.object.matrixWorld).invert();
    mannequin.names.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
      const local = pose.rotations[name] ?? SAME;
      const parent = mannequin.parents[i];
      world[i] = parent < 0 ? local : product(world[parent], local);
      const bone = this.bones.get(name);
      if (!bone?.parent) return;
      bone.parent.updateWorldMatrix(true, false);
      above.multiplyMatrices(inverse, bone.parent.matrixWorld);
      bone.quaternion.fromArray(product(opposite(turnOf(above)), product(world[i], this.rest[i])));
      if (parent < 0) bone.position.copy(place.fromArray(pose.root).applyMatrix4(above.clone().invert()));
      bone.updateWorldMatrix(false, false);
    });
    this.goOn(Math.min(Math.max(seconds - this.last, 0), 0.1));
    this.last = seconds;
    const played = row.slice();
    pack(frame, pose, mannequin.names, played, null);
    return played;
  }
}

/**
 * @param {THREE.Matrix4} matrix  of rotations and scales
 * @returns {import("../geometry/quaternions.js").Quaternion}
 */
function turnOf(matrix) {
  const turn = new THREE.Quaternion();
  matrix.decompose(new THREE.Vector3(), turn, new THREE.Vector3());
  return [turn.x, turn.y, turn.z, turn.w];
}

/** @param {THREE.Object3D} object */
const quaternionOf = (object) => turnOf(object.matrixWorld);

/** @param {THREE.Object3D} object */
function shown(object) {
  object.castShadow = true;
  object.receiveShadow = true;
  object.frustumCulled = false;
}
