/** The musician in one's own room: WebXR on Android (hit test, place, turn, light), where there is one. */

import * as THREE from "three";

const EYES = 1.5; // m above the floor
const AWAY = 2.2; // m

/** Whether this browser puts things into the room it sees. */
export async function hasRealRoom() {
  return Boolean(await navigator.xr?.isSessionSupported("immersive-ar").catch(() => false));
}

export class RealRoom {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.ring = new THREE.Mesh(
      new THREE.RingGeometry(0.18, 0.22, 48).rotateX(-Math.PI / 2),
      new THREE.MeshBasicMaterial({ color: 0xffffff }),
    );
    this.ring.visible = false;
    this.ring.matrixAutoUpdate = false;
    stage.scene.add(this.ring);
    /** @type {XRSession | null} */
    this.session = null;
    /** @type {XRHitTestSource | null} */
    this.hits = null;
  }

  /**
   * Enter; the picture's loop goes on with the device's.
   * @param {HTMLElement} overlay  page elements that stay visible
   */
  async enter(overlay) {
    const { renderer, player } = this.stage;
    const xr = /** @type {XRSystem} */ (navigator.xr);
    this.session = await xr.requestSession("immersive-ar", {
      requiredFeatures: ["hit-test"],
      optionalFeatures: ["dom-overlay", "light-estimation"],
      domOverlay: { root: overlay },
    });
    this.session.addEventListener("select", () => this.place());
    this.session.addEventListener("end", () => this.left());
    renderer.xr.enabled = true;
    renderer.xr.setReferenceSpaceType("local");
    await renderer.xr.setSession(this.session);
    player.visible = false; // until a place was tapped
    const viewer = await this.session.requestReferenceSpace("viewer");
    this.hits = (await this.session.requestHitTestSource?.({ space: viewer })?.catch(() => null)) ?? null;
    if (!this.hits) this.standBefore(); // a device that finds no floor
    const probe = await /** @type {any} */ (this.session).requestLightProbe?.().catch(() => null);
    this.probe = probe ?? null;
  }

  /** Put the musician a little way before who looks, as far below the eyes as a floor is. */
  standBefore() {
    const { player } = this.stage;
    player.position.set(0, -EYES, -AWAY);
    player.visible = true;
  }

  /** Put the musician where the ring lies, facing who looks. */
  place() {
    if (!this.ring.visible) return;
    const { player, renderer } = this.stage;
    player.position.setFromMatrixPosition(this.ring.matrix);
    const eye = new THREE.Vector3().setFromMatrixPosition(renderer.xr.getCamera().matrixWorld);
    player.rotation.y = Math.atan2(eye.x - player.position.x, eye.z - player.position.z);
    player.visible = true;
  }

  /**
   * Follow the room: where the ring lies, how bright it is.
   * @param {XRFrame | undefined} frame
   */
  update(frame) {
    if (!frame || !this.session) return;
    const space = this.stage.renderer.xr.getReferenceSpace();
    const hit = this.hits && space && frame.getHitTestResults(this.hits)[0]?.getPose(space);
    this.ring.visible = Boolean(hit);
    if (hit) this.ring.matrix.fromArray(hit.transform.matrix);
    const light = this.probe && /** @type {any} */ (frame).getLightEstimate?.(this.probe);
    if (light && this.stage.lights) {
      const { x, y, z } = light.primaryLightIntensity;
      const brightness = THREE.MathUtils.clamp(Math.max(x, y, z), 0.4, 4);
      const key = /** @type {THREE.DirectionalLight} */ (this.stage.lights.children[1]);
      key.intensity = brightness;
      key.position
        .set(light.primaryLightDirection.x, light.primaryLightDirection.y, light.primaryLightDirection.z)
        .multiplyScalar(4);
    }
  }

  async leave() {
    await this.session?.end();
  }

  left() {
    const { player, renderer } = this.stage;
    this.session = null;
    this.hits = null;
    this.ring.visible = false;
    renderer.xr.enabled = false;
    player.visible = true;
    player.position.set(0, 0, 0);
    player.rotation.set(0, 0, 0);
    this.stage.resize();
    this.stage.look("front");
  }
}
