/** The room that is seen: light, floor, figure, instrument, camera. */

import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { cameraViews } from "../generated/constants.js";
import { loadFigure } from "./figure.js";

/** @typedef {import("./figure.js").Figure} Figure */

const MOST_PIXELS = 2; // per CSS pixel; more costs a phone its 60 frames/s and is not seen

const WIDTH = 1.5; // of a picture, in its heights, that shows all of a view

const SHADOW = { left: -1.6, right: 1.6, top: 1.8, bottom: -1.4, near: 0.5, far: 8 }; // m about the player

/** Whether this browser draws in three dimensions. */
export function hasWebGL() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {boolean} transparent  nothing behind the figure, for streams
   */
  constructor(canvas, transparent) {
    this.renderer = new THREE.WebGLRenderer({
      canvas,
      alpha: true,
      antialias: true,
      preserveDrawingBuffer: true,
    });
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, MOST_PIXELS));
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = THREE.PCFShadowMap;
    this.renderer.toneMapping = THREE.ACESFilmicToneMapping;
    this.scene = new THREE.Scene();
    this.player = new THREE.Group(); // what is put into a real room
    this.lights = new THREE.Group();
    this.sky = new THREE.HemisphereLight(0xf3f6ff, 0x8a7d6c, 1.5);
    this.key = new THREE.DirectionalLight();
    this.rim = new THREE.DirectionalLight(0xcfe3ff, 1.1);
    this.scene.add(this.player);
    this.camera = new THREE.PerspectiveCamera(28, 1, 0.05, 60);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = true;
    this.controls.minDistance = 0.4;
    this.controls.maxDistance = 8;
    this.moved = false; // by hand, since a camera was chosen
    this.controls.addEventListener("start", () => (this.moved = true));
    this.transparent = transparent;
    /** How much farther than the mannequin the musician is, as a figure of one's own is taller or smaller. */
    this.apart = new THREE.Vector3();
    /** @type {Figure | null} */
    this.figure = null;
    /** @type {Map<string, Promise<Figure>>} */
    this.figures = new Map();
    this.addLight();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  addLight() {
    this.key.castShadow = true;
    this.key.shadow.mapSize.set(1024, 1024);
    this.key.shadow.bias = -0.0005;
    this.key.shadow.normalBias = 0.02;
    this.rim.position.set(1.8, 2.2, -2.2);
    this.lights.add(this.sky, this.key, this.key.target, this.rim);
    this.scene.add(this.lights);
    this.setLight();
    this.castShadowOf(1);
    this.floor = new THREE.Mesh(
      new THREE.CircleGeometry(1.7, 64),
      new THREE.ShadowMaterial({ opacity: 0.28 }),
    );
    this.floor.rotation.x = -Math.PI / 2;
    this.floor.receiveShadow = true;
    this.player.add(this.floor);
  }

  /** Light as in a studio: the page's own, where no room lends its. */
  setLight() {
    this.sky.visible = this.rim.visible = true;
    this.key.color.set(0xfff1dd);
    this.key.intensity = 2.6;
    this.key.position.set(-1.6, 3.6, 2.4);
  }

  /**
   * Let the shadow reach as far as a figure of that size, of life size.
   * @param {number} scale
   */
  castShadowOf(scale) {
    const { camera } = this.key.shadow;
    for (const side of /** @type {const} */ (["left", "right", "top", "bottom", "near", "far"]))
      camera[side] = SHADOW[side] * scale;
    camera.updateProjectionMatrix();
  }

  /**
   * The figure and the instrument of who plays.
   * @param {"violin" | "piano"} instrument
   */
  async show(instrument) {
    let figure = this.figures.get(instrument);
    if (!figure) this.figures.set(instrument, (figure = loadFigure(instrument)));
    this.wanted = instrument;
    const loaded = await figure;
    if (this.wanted !== instrument) return loaded; // another was chosen meanwhile
    if (this.figure) this.player.remove(this.figure.object);
    this.figure = loaded;
    this.player.add(loaded.object);
    this.instrument = instrument;
    this.look("front");
    return loaded;
  }

  /**
   * Stand where a camera of that name stands; then the mouse moves on from there.
   * @param {string} name
   */
  look(name) {
    const view = cameraViews[this.instrument ?? "violin"][name];
    this.view = name;
    this.controls.target.fromArray(view.target).add(this.apart);
    this.camera.fov = view.fov;
    this.moved = false;
    this.controls.enableDamping = false; // what a hand has set gliding ends here
    this.controls.update();
    this.controls.enableDamping = true;
    // a narrow picture shows as much in width as the one that the views were made for
    const far = Math.max(WIDTH / Math.max(this.camera.aspect, 0.4), 1);
    const away = new THREE.Vector3().fromArray(view.eye).add(this.apart).sub(this.controls.target);
    away.multiplyScalar(far);
    this.camera.position.copy(this.controls.target).add(away);
    this.camera.updateProjectionMatrix();
    this.controls.update();
  }

  /**
   * Let cameras stand as much higher or lower as the musician is than the mannequin.
   * @param {number[]} apart  metres
   */
  moveWith(apart) {
    this.apart.fromArray(apart);
    this.look(this.view ?? "front");
  }

  resize() {
    const canvas = this.renderer.domElement;
    const [width, height] = [canvas.clientWidth || 2, canvas.clientHeight || 2];
    if (this.renderer.xr.isPresenting) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    if (this.instrument && !this.moved) this.look(this.view ?? "front");
  }

  /**
   * Draw pictures of a size of their own, whatever is seen on the page; gives what ends that.
   * @param {number} width
   * @param {number} height
   */
  framed(width, height) {
    const ratio = this.renderer.getPixelRatio();
    this.renderer.setPixelRatio(1);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    if (!this.moved) this.look(this.view ?? "front");
    return () => {
      this.renderer.setPixelRatio(ratio);
      this.resize();
    };
  }

  /** Draw once. */
  draw() {
    if (!this.renderer.xr.isPresenting) this.controls.update();
    this.renderer.render(this.scene, this.camera);
  }

  /** Triangles and draw calls of the last picture. */
  get cost() {
    const { triangles, calls } = this.renderer.info.render;
    return { triangles, calls };
  }
}
