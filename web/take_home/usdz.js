/** A clip of a performance as USDZ with its sound, for AR Quick Look on an iPhone (`avatar/usdz.py`). */

import * as THREE from "three";
import { pianoModel, rates, usdz } from "../generated/constants.js";
import { AT, BONES, KEYS, PROPS } from "../musician/packing.js";
import { stored } from "./stored_zip.js";
import { UsdFigure } from "./usd_figure.js";
import { UsdTextures } from "./usd_textures.js";
import * as usda from "./usda.js";
import { wave } from "./wave.js";

/**
 * @typedef {import("../stage/frames.js").Frames} Frames
 * @typedef {import("./performer.js").Performer} Performer
 * @typedef {{start: number, end: number}} Clip  s
 */

const ALIGNED = 64; // bytes, as the format demands
const RIG = "/Recital/Musician/Rig";

/**
 * What a clip holds: from a moment on, as long as Apple advises, or the last such piece.
 * @param {number} moment  s
 * @param {number} whole  frames
 * @returns {Clip}
 */
export function clipAt(moment, whole) {
  const most = Math.round(usdz.ADVISED_CLIP * rates.VIDEO_FPS);
  const first = Math.max(Math.min(Math.round(moment * rates.VIDEO_FPS), whole - most), 0);
  return { start: first / rates.VIDEO_FPS, end: Math.min(first + most, whole) / rates.VIDEO_FPS };
}

/**
 * @param {Frames} frames
 * @param {Performer} performer
 * @param {AudioBuffer} sound
 * @param {Clip} clip
 * @returns {Promise<Blob>}
 */
export async function motionUsdz(frames, performer, sound, clip) {
  const first = Math.round(clip.start * rates.VIDEO_FPS);
  const last = Math.round(clip.end * rates.VIDEO_FPS);
  const layer = new Layer(performer);
  await layer.record(frames, first, last);
  const text = new TextEncoder().encode(layer.text(performer.object));
  /** @type {[string, Uint8Array][]} */
  const files = [
    ["musician.usda", text],
    ["sound.wav", wave(sound, clip.start, clip.end)],
    ...(await layer.textures.files()),
  ];
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (stored(files, ALIGNED))], {
    type: "model/vnd.usdz+zip",
  });
}

class Layer {
  /** @param {Performer} performer */
  constructor(performer) {
    this.performer = performer;
    this.rig = performer.rig;
    /** @type {Float32Array[]} the clip's frames */
    this.rows = [];
    /** @type {Map<THREE.Material, string>} */
    this.materials = new Map();
    this.textures = new UsdTextures();
    /** @type {UsdFigure | null} */
    this.own = null;
  }

  /**
   * @param {Frames} frames
   * @param {number} first
   * @param {number} last
   */
  async record(frames, first, last) {
    const posed = () => {
      this.own ??= new UsdFigure(this.performer, (material) => this.material(material));
      this.own.take();
    };
    const played = await this.performer.played(frames, { first, last, posed });
    this.rows = Array.from({ length: played.count }, (_, i) => played.row(i));
  }

  /** @param {THREE.Object3D} object */
  text(object) {
    const things = object.children.filter((part) => part !== this.performer.own?.object);
    const moving = [...(this.own?.prims() ?? [this.musician(object)]), ...this.nodes(things)];
    const materials = [...this.materials].map(([material, path]) =>
      usda.materialPrim(/** @type {THREE.MeshStandardMaterial} */ (material), path, this.textures),
    );
    const sound = usda.prim("SpatialAudio", "Sound", [
      "uniform asset filePath = @sound.wav@",
      'uniform token auralMode = "nonSpatial"',
      'uniform token playbackMode = "loopFromStage"',
      "uniform timecode startTime = 0",
    ]);
    return `#usda 1.0
(
    defaultPrim = "Recital"
    metersPerUnit = 1
    upAxis = "Y"
    timeCodesPerSecond = ${rates.VIDEO_FPS}
    framesPerSecond = ${rates.VIDEO_FPS}
    startTimeCode = 0
    endTimeCode = ${this.rows.length - 1}
)
${usda.prim("Xform", "Recital", [usda.prim("Scope", "Materials", materials), ...moving, sound])}
`;
  }

  /**
   * The path of a material, which is written once.
   * @param {THREE.Material} material
   */
  material(material) {
    let path = this.materials.get(material);
    if (!path) {
      path = `/Recital/Materials/${usda.identifier(material.name || "material")}_${this.materials.size}`;
      this.materials.set(material, path);
    }
    return path;
  }

  /** @param {THREE.Object3D} object */
  musician(object) {
    const { names, parents, rest, offsets } = this.rig;
    /** @type {string[]} */
    const joints = [];
    names.forEach((/** @type {string} */ name, /** @type {number} */ i) =>
      joints.push(parents[i] < 0 ? name : `${joints[parents[i]]}/${name}`),
    );
    const matrices = (/** @type {number[][]} */ places) => `[${places.map(usda.moved).join(", ")}]`;
    const steps = names.map((/** @type {string} */ name) => offsets[name]);
    const places = this.rows.map((row) =>
      usda.tuples([...row.subarray(AT.root, AT.root + 3), ...steps.slice(1).flat()], 3),
    );
    const rotations = this.rows.map((row) => usda.turns(row.subarray(AT.bones, AT.bones + 4 * BONES)));
    const animation = usda.prim("SkelAnimation", "Recital", [
      `uniform token[] joints = ${usda.words(joints)}`,
      `half3[] scales = ${usda.tuples(new Uint8Array(3 * joints.length).fill(1), 3)}`,
      usda.sampled("quatf[] rotations", rotations),
      usda.sampled("float3[] translations", places),
    ]);
    const rig = usda.prim(
      "Skeleton",
      "Rig",
      [
        `uniform token[] joints = ${usda.words(joints)}`,
        `uniform matrix4d[] bindTransforms = ${matrices(rest)}`,
        `uniform matrix4d[] restTransforms = ${matrices(steps)}`,
        `rel skel:animationSource = <${RIG}/Recital>`,
        animation,
      ],
      ["SkelBindingAPI"],
    );
    /** @type {THREE.SkinnedMesh[]} */
    const skins = [];
    object.traverse((one) => {
      if (one instanceof THREE.SkinnedMesh) skins.push(one);
    });
    const parts = skins.map((mesh, i) =>
      usda.meshPrim(`part${i}`, mesh.geometry, this.material(materialOf(mesh)), { skeleton: RIG }),
    );
    return usda.prim("SkelRoot", "Musician", [rig, ...parts]);
  }

  /**
   * What the musician holds and what stands in the room, by the figure's own tree.
   * @param {THREE.Object3D[]} objects
   * @returns {string[]}
   */
  nodes(objects) {
    return objects.flatMap((object) => {
      if (object instanceof THREE.Bone || object instanceof THREE.SkinnedMesh) return [];
      const inside = this.nodes(object.children);
      if (object instanceof THREE.Mesh)
        inside.unshift(usda.meshPrim("shape", object.geometry, this.material(materialOf(object))));
      if (!inside.length) return [];
      return [usda.prim("Xform", usda.identifier(object.name), [...this.movement(object), ...inside])];
    });
  }

  /**
   * Where a node is and how it is turned, at every moment where it moves.
   * @param {THREE.Object3D} object
   */
  movement(object) {
    const order = 'uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:orient"]';
    const [place, turn] = ["double3 xformOp:translate", "quatf xformOp:orient"];
    const prop = PROPS.findIndex((name) => name === object.name);
    if (prop >= 0) {
      const at = AT.props + 7 * prop;
      return [
        usda.sampled(
          place,
          this.rows.map((row) => usda.tuple(row.subarray(at, at + 3))),
        ),
        usda.sampled(
          turn,
          this.rows.map((row) => usda.turn(row, at + 3)),
        ),
        order,
      ];
    }
    const still = `${place} = ${usda.tuple(object.position.toArray())}`;
    const key = Number(/^key_(\d+)$/.exec(object.name)?.[1] ?? NaN) - 21;
    if (key >= 0 && key < KEYS && this.rows.some((row) => row[AT.keys + key])) {
      const angles = this.rows.map((row) => Math.atan2(row[AT.keys + key], pianoModel.PIVOT) / 2);
      return [
        still,
        usda.sampled(
          turn,
          angles.map((half) => usda.turn([-Math.sin(half), 0, 0, Math.cos(half)])),
        ),
        order,
      ];
    }
    if (!object.position.lengthSq()) return [];
    return [still, 'uniform token[] xformOpOrder = ["xformOp:translate"]'];
  }
}

/** @param {THREE.Mesh} mesh  of one material */
const materialOf = (mesh) => /** @type {THREE.Material} */ (mesh.material);
