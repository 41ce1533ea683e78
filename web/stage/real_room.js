/** The musician in one's own room: WebXR on Android (hit test, place, turn, size, light), where there is one. */

import * as THREE from "three";
import { XREstimatedLight } from "three/addons/webxr/XREstimatedLight.js";
import { Gestures } from "./gestures.js";

const EYES = 1.5; // m above the floor
const AWAY = 2.2; // m
const [SMALLEST, LARGEST] = [0.1, 3]; // of life size

/** Whether this browser puts things into the room it sees. */
export async function hasRealRoom() {
  return Boolean(await navigator.xr?.isSessionSupported("immersive-ar").catch(() => false));
}

export class RealRoom {
  /**
   * @param {import("./stage.js").Stage} stage
   * @param {HTMLElement} overlay  what of the page lies over the room, and where fingers are felt
   */
  constructor(stage, overlay) {
    this.stage = stage;
    this.overlay = overlay;
    this.ring = new THREE.Mesh(
      new THREE.RingGeometry(0.18, 0.22, 48).rotateX(-Math.PI / 2),
      new THREE.MeshBasicMaterial({ color: 0xffffff }),
    );
    this.ring.visible = false;
    this.ring.matrixAutoUpdate = false;
    stage.scene.add(this.ring);
    this.gestures = new Gestures(overlay, {
      turned: (angle) => (stage.player.rotation.y += angle),
      scaled: (factor) => this.size(stage.player.scale.x * factor),
    });
    /** @type {XRSession | null} */
    this.session = null;
    /** @type {XRHitTestSource | null} */
    this.hits = null;
    /** @type {XREstimatedLight | null} */
    this.estimated = null;
    this.lit = false; // by the room's light
  }

  /** Enter; the picture's loop goes on with the device's. */
  async enter() {
    const { renderer, player, controls } = this.stage;
    const xr = /** @type {XRSystem} */ (navigator.xr);
    this.session = await xr.requestSession("immersive-ar", {
      requiredFeatures: ["hit-test"],
      optionalFeatures: ["dom-overlay", "light-estimation"],
      domOverlay: { root: this.overlay },
    });
    this.session.addEventListener("select", () => this.gestures.tapped && this.place());
    this.session.addEventListener("end", () => this.left());
    controls.enabled = false;
    if (this.session.enabledFeatures?.includes("light-estimation") ?? true) this.awaitLight();
    renderer.xr.enabled = true;
    renderer.xr.setReferenceSpaceType("local");
    await renderer.xr.setSession(this.session);
    player.visible = false; // until a place was tapped
    const viewer = await this.session.requestReferenceSpace("viewer");
    this.hits = (await this.session.requestHitTestSource?.({ space: viewer })?.catch(() => null)) ?? null;
    if (!this.hits) this.standAt(new THREE.Vector3(0, -EYES, -AWAY)); // a device that finds no floor
  }

  /** The stage's light gives way as soon as the room's is known. */
  awaitLight() {
    this.estimated = new XREstimatedLight(this.stage.renderer, false);
    this.estimated.addEventListener("estimationstart", () => {
      const { sky, rim, lights } = this.stage;
      this.lit = true;
      sky.visible = rim.visible = false;
      if (this.estimated) lights.add(this.estimated.lightProbe);
    });
  }

  /** @param {THREE.Vector3} place */
  standAt(place) {
    const { player, lights } = this.stage;
    player.position.copy(place);
    lights.position.copy(place); // shadows fall where the figure is
    player.visible = true;
  }

  /** Put the musician where the ring lies, facing who looks. */
  place() {
    if (!this.ring.visible) return;
    const { player, renderer } = this.stage;
    this.standAt(new THREE.Vector3().setFromMatrixPosition(this.ring.matrix));
    const eye = new THREE.Vector3().setFromMatrixPosition(renderer.xr.getCamera().matrixWorld);
    player.rotation.y = Math.atan2(eye.x - player.position.x, eye.z - player.position.z);
  }

  /**
   * How large the musician is, of life size.
   * @param {number} scale
   */
  size(scale) {
    const within = THREE.MathUtils.clamp(scale, SMALLEST, LARGEST);
    this.stage.player.scale.setScalar(within);
    this.stage.castShadowOf(within);
  }

  /**
   * Follow the room: where the ring lies, how it is lit.
   * @param {XRFrame | undefined} frame
   */
  update(frame) {
    if (!frame || !this.session) return;
    const space = this.stage.renderer.xr.getReferenceSpace();
    const hit = this.hits && space && frame.getHitTestResults(this.hits)[0]?.getPose(space);
    this.ring.visible = Boolean(hit);
    if (hit) this.ring.matrix.fromArray(hit.transform.matrix);
    if (!this.lit || !this.estimated) return;
    const { key, player } = this.stage;
    const { color, intensity, position } = this.estimated.directionalLight;
    key.color.copy(color);
    key.intensity = intensity;
    key.position
      .copy(position)
      .normalize()
      .multiplyScalar(4 * player.scale.x);
  }

  async leave() {
    await this.session?.end();
  }

  left() {
    const { player, renderer, lights, controls } = this.stage;
    this.session = null;
    this.hits = null;
    if (this.estimated) lights.remove(this.estimated.lightProbe);
    this.estimated?.dispose();
    this.estimated = null;
    this.lit = false;
    this.ring.visible = false;
    renderer.xr.enabled = false;
    player.visible = true;
    player.rotation.set(0, 0, 0);
    this.standAt(new THREE.Vector3());
    this.stage.setLight();
    this.size(1);
    controls.enabled = true;
    this.stage.resize();
    this.stage.look("front");
  }
}
