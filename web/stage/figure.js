/** The mannequin with its instrument: loaded once, posed by packed frames. */

import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { followers, pianoModel } from "../generated/constants.js";
import { AT, KEYS, PROPS } from "../musician/packing.js";

/**
 * @typedef {object} Figure
 * @property {THREE.Object3D} object  everything that is drawn
 * @property {THREE.Object3D} body  the musician alone, without instrument and furniture
 * @property {(row: Float32Array) => void} pose
 */

/**
 * @param {"violin" | "piano"} instrument
 * @returns {Promise<Figure>}
 */
export async function loadFigure(instrument) {
  const url = new URL(`../figures/${instrument}.glb`, import.meta.url).href;
  const { scene } = await new GLTFLoader().loadAsync(url);
  scene.traverse((object) => {
    object.castShadow = true;
    object.receiveShadow = true;
    object.frustumCulled = false; // a skin's box is that of its rest pose
  });
  const names = followers[instrument].names;
  const bones = names.map((/** @type {string} */ name) => scene.getObjectByName(name));
  const props = PROPS.map((name) => scene.getObjectByName(name) ?? null);
  const keys = Array.from({ length: KEYS }, (_, key) => scene.getObjectByName(`key_${key + 21}`) ?? null);
  const body = new THREE.Group();
  for (const part of scene.children.filter(({ name }) => name === "hips" || name.startsWith("musician")))
    body.add(part);
  scene.add(body);
  return {
    object: scene,
    body,
    pose(row) {
      bones[0].position.fromArray(row, AT.root);
      bones.forEach((/** @type {THREE.Object3D} */ bone, /** @type {number} */ i) =>
        bone.quaternion.fromArray(row, AT.bones + 4 * i),
      );
      props.forEach((prop, i) => {
        prop?.position.fromArray(row, AT.props + 7 * i);
        prop?.quaternion.fromArray(row, AT.props + 7 * i + 3);
      });
      keys.forEach((key, i) => {
        if (key) key.rotation.x = -Math.atan2(row[AT.keys + i], pianoModel.PIVOT);
      });
    },
  };
}
