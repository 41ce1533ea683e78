/** A figure of one's own: a VRM or any humanoid GLB takes the mannequin's place. */

import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { boneNames, followers } from "../generated/constants.js";
import { AT } from "../musician/packing.js";

export const LARGEST_FIGURE = 100; // MB
const FEWEST = 12; // bones that must be found, arms and spine among them
const NEEDED = [
  "hips",
  "leftUpperArm",
  "leftLowerArm",
  "leftHand",
  "rightUpperArm",
  "rightLowerArm",
  "rightHand",
];

/** A figure that cannot play; what is wrong with it is a key of the page's strings. */
export class Unplayable extends Error {}

/**
 * @typedef {object} OwnFigure
 * @property {THREE.Object3D} object
 * @property {(row: Float32Array, seconds: number) => void} pose
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
  if (vrm) {
    VRMUtils.rotateVRM0(vrm);
    return posedVrm(vrm, instrument);
  }
  return posedByNames(file.scene, instrument);
}

/**
 * A VRM knows its bones; its normalised ones rest as ours do.
 * @param {any} vrm
 * @param {"violin" | "piano"} instrument
 * @returns {OwnFigure}
 */
function posedVrm(vrm, instrument) {
  const rig = followers[instrument];
  const flipped = vrm.meta?.metaVersion === "0"; // its figures look the other way
  const bones = rig.names.map((/** @type {string} */ name) => vrm.humanoid.getNormalizedBoneNode(name));
  const own = vrm.humanoid.normalizedRestPose.hips?.position?.[1] ?? rig.rest[0][1];
  const scale = rig.rest[0][1] / own;
  vrm.scene.traverse((/** @type {THREE.Object3D} */ object) => shown(object));
  const object = new THREE.Group();
  object.add(vrm.scene);
  vrm.scene.scale.setScalar(scale);
  let last = 0;
  const turn = new THREE.Quaternion();
  return {
    object,
    pose(row, seconds) {
      bones.forEach((/** @type {THREE.Object3D | null} */ bone, /** @type {number} */ i) => {
        if (!bone) return;
        turn.fromArray(row, AT.bones + 4 * i);
        if (flipped) turn.set(-turn.x, turn.y, -turn.z, turn.w);
        bone.quaternion.copy(turn);
      });
      const sign = flipped ? -1 : 1;
      bones[0].position.set(
        (sign * row[AT.root]) / scale,
        row[AT.root + 1] / scale,
        (sign * row[AT.root + 2]) / scale,
      );
      vrm.update(Math.min(Math.max(seconds - last, 0), 0.1));
      last = seconds;
    },
  };
}

/** @param {string} name */
const plainName = (name) =>
  name
    .toLowerCase()
    .replace(/^.*mixamorig\d*/, "")
    .replace(/[^a-z0-9]/g, "");

/**
 * Bones by the names that other programs give them.
 * @param {THREE.Object3D} scene
 * @returns {Map<string, THREE.Object3D>}
 */
function bonesByName(scene) {
  /** @type {Map<string, string>} */
  const known = new Map();
  for (const table of boneNames)
    for (const [bone, name] of Object.entries(table)) known.set(plainName(String(name)), bone);
  /** @type {Map<string, THREE.Object3D>} */
  const found = new Map();
  scene.traverse((object) => {
    const bone = known.get(plainName(object.name));
    if (bone && !found.has(bone) && !(/** @type {any} */ (object).isMesh)) found.set(bone, object);
  });
  return found;
}

/**
 * @param {THREE.Object3D} scene
 * @param {"violin" | "piano"} instrument
 * @returns {OwnFigure}
 */
function posedByNames(scene, instrument) {
  const rig = followers[instrument];
  const found = bonesByName(scene);
  if (found.size < FEWEST || NEEDED.some((name) => !found.has(name))) throw new Unplayable("notAFigure");
  scene.updateMatrixWorld(true);
  scene.traverse(shown);
  const placeOf = (/** @type {string} */ name) => found.get(name)?.getWorldPosition(new THREE.Vector3());
  const turnOf = (/** @type {THREE.Object3D} */ object) => object.getWorldQuaternion(new THREE.Quaternion());
  const hips = /** @type {THREE.Vector3} */ (placeOf("hips"));
  // as tall as its legs say; a skin may end at the waist, or go on below the feet
  const foot = rig.names.indexOf("leftFoot");
  const own = placeOf("leftFoot");
  const scale = own
    ? (rig.rest[0][1] - rig.rest[foot][1]) / Math.max(hips.y - own.y, 1e-6)
    : rig.rest[0][1] / Math.max(hips.y - floorOf(scene), 1e-6);
  /** @type {{i: number, bone: THREE.Object3D, rest: THREE.Quaternion}[]} */
  const posed = [];
  rig.names.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
    const bone = found.get(name);
    if (!bone) return;
    // what the bone's rest lacks to our T: from where its own next joint lies to where ours does
    const next = rig.names.findIndex(
      (/** @type {string} */ other, /** @type {number} */ k) =>
        rig.parents[k] === i && found.has(other) && /Arm|Hand|Leg|Foot|Inter|Distal/.test(other),
    );
    const correction = new THREE.Quaternion();
    if (next >= 0 && /Arm|Leg|Proximal|Intermediate|Metacarpal/.test(name)) {
      const own = /** @type {THREE.Vector3} */ (placeOf(rig.names[next])).sub(
        /** @type {THREE.Vector3} */ (placeOf(name)),
      );
      const ours = new THREE.Vector3()
        .fromArray(rig.rest[next])
        .sub(new THREE.Vector3().fromArray(rig.rest[i]));
      correction.setFromUnitVectors(own.normalize(), ours.normalize());
    }
    posed.push({ i, bone, rest: correction.multiply(turnOf(bone)) });
  });
  const object = new THREE.Group();
  object.add(scene);
  scene.scale.multiplyScalar(scale);
  const world = rig.names.map(() => new THREE.Quaternion());
  const parentTurn = new THREE.Quaternion();
  const wanted = new THREE.Quaternion();
  const place = new THREE.Vector3();
  return {
    object,
    pose(row) {
      rig.names.forEach((/** @type {string} */ _, /** @type {number} */ i) => {
        world[i].fromArray(row, AT.bones + 4 * i);
        if (rig.parents[i] >= 0) world[i].premultiply(world[rig.parents[i]]);
      });
      for (const { i, bone, rest } of posed) {
        object.updateWorldMatrix(true, false);
        const above = /** @type {THREE.Object3D} */ (bone.parent);
        above.updateWorldMatrix(true, false);
        above
          .getWorldQuaternion(parentTurn)
          .premultiply(object.getWorldQuaternion(new THREE.Quaternion()).invert());
        bone.quaternion.copy(parentTurn.invert().multiply(wanted.copy(world[i]).multiply(rest)));
        if (i === 0)
          bone.position.copy(above.worldToLocal(object.localToWorld(place.fromArray(row, AT.root))));
        bone.updateWorldMatrix(false, false);
      }
    },
  };
}

/**
 * How high the lowest point of a figure lies as it rests.
 * @param {THREE.Object3D} scene
 */
function floorOf(scene) {
  scene.traverse((object) => {
    if (!(object instanceof THREE.SkinnedMesh)) return;
    object.skeleton.update(); // a skin that was never drawn knows nothing of where its bones are
    object.computeBoundingBox();
  });
  return new THREE.Box3().setFromObject(scene).min.y;
}

/** @param {THREE.Object3D} object */
function shown(object) {
  object.castShadow = true;
  object.receiveShadow = true;
  object.frustumCulled = false;
}
