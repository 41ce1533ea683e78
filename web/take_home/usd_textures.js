/** Textures as a USD package has them: pictures beside the layer. */

/** @typedef {import("three").Texture} Texture */

const LARGEST = 2048; // px of a side: what phones take

export class UsdTextures {
  constructor() {
    /** @type {Map<object, {name: string, image: any}>} by picture */
    this.pictures = new Map();
  }

  /**
   * The file of a texture's picture.
   * @param {Texture} texture
   */
  name({ source, image }) {
    let known = this.pictures.get(source);
    if (!known) this.pictures.set(source, (known = { name: `texture${this.pictures.size}.png`, image }));
    return known.name;
  }

  /** @returns {Promise<[string, Uint8Array][]>} */
  files() {
    return Promise.all(
      [...this.pictures.values()].map(
        async ({ name, image }) => /** @type {[string, Uint8Array]} */ ([name, await pngOf(image)]),
      ),
    );
  }
}

/** @param {any} image */
async function pngOf(image) {
  const share = Math.min(1, LARGEST / Math.max(image.width, image.height));
  const canvas = new OffscreenCanvas(Math.ceil(image.width * share), Math.ceil(image.height * share));
  const drawn = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  drawn.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}
