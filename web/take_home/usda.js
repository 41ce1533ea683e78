/** Pieces of a scene in USD's own text: numbers, blocks, meshes, materials. */

const DIGITS = 6; // behind the point: a thousandth of a millimetre

/** @param {number} value */
const number = (value) => String(Number(value.toFixed(DIGITS)));

/** @param {ArrayLike<number>} values */
export const tuple = (values) => `(${Array.from(values, number).join(", ")})`;

/**
 * Numbers in groups, as an array of USD.
 * @param {ArrayLike<number>} values
 * @param {number} width  numbers in a group
 */
export function tuples(values, width) {
  const all = [];
  for (let i = 0; i < values.length; i += width)
    all.push(tuple(Array.prototype.slice.call(values, i, i + width)));
  return `[${all.join(", ")}]`;
}

/** @param {ArrayLike<number>} values */
export const list = (values) => `[${Array.from(values, number).join(", ")}]`;

/** @param {string[]} values */
export const words = (values) => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

/**
 * Quaternions x, y, z, w as USD has them: w first.
 * @param {ArrayLike<number>} values
 */
export const turns = (values) =>
  `[${Array.from({ length: values.length / 4 }, (_, i) => turn(values, 4 * i)).join(", ")}]`;

/**
 * @param {ArrayLike<number>} q  x, y, z, w
 * @param {number} [at]
 */
export const turn = (q, at = 0) => tuple([q[at + 3], q[at], q[at + 1], q[at + 2]]);

/** @param {ArrayLike<number>} place */
export const moved = (place) =>
  `((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (${Array.from(place, number).join(", ")}, 1))`;

/**
 * What an attribute is at each moment.
 * @param {string} name  with its type
 * @param {string[]} values  by time code
 */
export const sampled = (name, values) =>
  `${name}.timeSamples = {${values.map((value, code) => `${code}: ${value}`).join(",\n")}}`;

/**
 * A prim with what is in it.
 * @param {string} kind
 * @param {string} name
 * @param {string[]} content
 * @param {string[]} [schemas]
 */
export const prim = (kind, name, content, schemas = []) =>
  `def ${kind} "${name}"${schemas.length ? ` (prepend apiSchemas = ${words(schemas)})` : ""}\n{\n${content.join("\n")}\n}`;

/**
 * A name that USD takes.
 * @param {string} name
 */
export const identifier = (name) => name.replace(/\W/g, "_").replace(/^(?=\d)/, "_");

/**
 * @param {import("three").MeshStandardMaterial} material
 * @param {string} path  of the material
 */
export function materialPrim({ color, roughness, metalness }, path) {
  const surface = prim("Shader", "Surface", [
    'uniform token info:id = "UsdPreviewSurface"',
    `color3f inputs:diffuseColor = ${tuple(color.toArray())}`,
    `float inputs:roughness = ${number(roughness)}`,
    `float inputs:metallic = ${number(metalness)}`,
    "token outputs:surface",
  ]);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return prim("Material", name, [
    `token outputs:surface.connect = <${path}/Surface.outputs:surface>`,
    surface,
  ]);
}

/**
 * A mesh; with bones where it has skin.
 * @param {string} name
 * @param {import("three").BufferGeometry} geometry
 * @param {string} material  path
 * @param {string | null} [skeleton]  path
 */
export function meshPrim(name, geometry, material, skeleton = null) {
  const { position, normal, skinIndex, skinWeight } = geometry.attributes;
  const index = geometry.index?.array ?? Uint32Array.from({ length: position.count }, (_, i) => i);
  geometry.computeBoundingBox();
  const box = /** @type {import("three").Box3} */ (geometry.boundingBox);
  const content = [
    `float3[] extent = ${tuples([...box.min.toArray(), ...box.max.toArray()], 3)}`,
    `int[] faceVertexCounts = ${list(new Uint8Array(index.length / 3).fill(3))}`,
    `int[] faceVertexIndices = ${list(index)}`,
    `normal3f[] normals = ${tuples(plain(normal), 3)} (interpolation = "vertex")`,
    `point3f[] points = ${tuples(plain(position), 3)}`,
    'uniform token subdivisionScheme = "none"',
    `rel material:binding = <${material}>`,
  ];
  const schemas = ["MaterialBindingAPI"];
  if (skeleton) {
    schemas.push("SkelBindingAPI");
    content.push(
      `matrix4d primvars:skel:geomBindTransform = ${moved([0, 0, 0])}`,
      `int[] primvars:skel:jointIndices = ${list(plain(skinIndex))} (elementSize = 4; interpolation = "vertex")`,
      `float[] primvars:skel:jointWeights = ${list(plain(skinWeight))} (elementSize = 4; interpolation = "vertex")`,
      `rel skel:skeleton = <${skeleton}>`,
    );
  }
  return prim("Mesh", name, content, schemas);
}

/**
 * An attribute's numbers one after the other, whatever they are stored as.
 * @param {import("three").BufferAttribute | import("three").InterleavedBufferAttribute} attribute
 */
function plain(attribute) {
  const { count, itemSize } = attribute;
  const values = new Float32Array(count * itemSize);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < itemSize; k++) values[itemSize * i + k] = attribute.getComponent(i, k);
  return values;
}
