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
 * As USD has it, whose vectors are rows.
 * @param {import("three").Matrix4} matrix  whose vectors are columns, stored one after the other
 */
export const matrix = ({ elements }) =>
  `(${[0, 4, 8, 12]
    .map(
      (at) =>
        `(${elements
          .slice(at, at + 4)
          .map(exact)
          .join(", ")})`,
    )
    .join(", ")})`;

/** @param {number} value */
const exact = (value) => String(Number(value.toPrecision(9)));

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
 * @param {import("./usd_textures.js").UsdTextures} textures
 */
export function materialPrim(material, path, textures) {
  const { color, roughness = 1, metalness = 0, map, opacity, alphaTest } = material;
  const clear = material.transparent || alphaTest > 0;
  const content = [
    'uniform token info:id = "UsdPreviewSurface"',
    map
      ? `color3f inputs:diffuseColor.connect = <${path}/Texture.outputs:rgb>`
      : `color3f inputs:diffuseColor = ${tuple(color.toArray())}`,
    `float inputs:roughness = ${number(roughness)}`,
    `float inputs:metallic = ${number(metalness)}`,
  ];
  if (clear && map) content.push(`float inputs:opacity.connect = <${path}/Texture.outputs:a>`);
  else if (clear) content.push(`float inputs:opacity = ${number(opacity)}`);
  if (alphaTest > 0) content.push(`float inputs:opacityThreshold = ${number(alphaTest)}`);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return prim("Material", name, [
    `token outputs:surface.connect = <${path}/Surface.outputs:surface>`,
    prim("Shader", "Surface", [...content, "token outputs:surface"]),
    ...(map ? texturePrims(map, [...color.toArray(), opacity], path, textures) : []),
  ]);
}

const WRAPPED = /** @type {Record<number, string>} */ ({ 1000: "repeat", 1001: "clamp", 1002: "mirror" });

/**
 * @param {import("three").Texture} map
 * @param {number[]} tint  that its colours are multiplied by
 * @param {string} path  of the material
 * @param {import("./usd_textures.js").UsdTextures} textures
 */
function texturePrims(map, tint, path, textures) {
  return [
    prim("Shader", "Places", [
      'uniform token info:id = "UsdPrimvarReader_float2"',
      'string inputs:varname = "st"',
      "float2 outputs:result",
    ]),
    prim("Shader", "Texture", [
      'uniform token info:id = "UsdUVTexture"',
      `asset inputs:file = @${textures.name(map)}@`,
      `float4 inputs:scale = ${tuple(tint)}`,
      'token inputs:sourceColorSpace = "sRGB"',
      `float2 inputs:st.connect = <${path}/Places.outputs:result>`,
      `token inputs:wrapS = "${WRAPPED[map.wrapS]}"`,
      `token inputs:wrapT = "${WRAPPED[map.wrapT]}"`,
      "float outputs:a",
      "float3 outputs:rgb",
    ]),
  ];
}

/**
 * How a mesh hangs on a skeleton.
 * @typedef {object} Bound
 * @property {string} skeleton  path
 * @property {import("three").Matrix4} [bind]  of the mesh when it was bound
 * @property {number[]} [joints]  the skeleton's, by the skin's own numbers
 */

/**
 * A mesh; with bones where it has skin.
 * @param {string} name
 * @param {import("three").BufferGeometry} geometry
 * @param {string} material  path
 * @param {Bound | null} [bound]
 * @param {number} [side]  as three.js numbers them: 2 is both
 */
export function meshPrim(name, geometry, material, bound = null, side = 0) {
  const { position, normal, uv, skinIndex, skinWeight } = geometry.attributes;
  const index = geometry.index?.array ?? Uint32Array.from({ length: position.count }, (_, i) => i);
  geometry.computeBoundingBox();
  const box = /** @type {import("three").Box3} */ (geometry.boundingBox);
  const content = [
    `uniform bool doubleSided = ${side === 2 ? 1 : 0}`,
    `float3[] extent = ${tuples([...box.min.toArray(), ...box.max.toArray()], 3)}`,
    `int[] faceVertexCounts = ${list(new Uint8Array(index.length / 3).fill(3))}`,
    `int[] faceVertexIndices = ${list(index)}`,
    ...(normal ? [`normal3f[] normals = ${tuples(plain(normal), 3)} (interpolation = "vertex")`] : []),
    `point3f[] points = ${tuples(plain(position), 3)}`,
    // places on a texture are counted from below
    ...(uv
      ? [
          `texCoord2f[] primvars:st = ${tuples(
            plain(uv).map((value, i) => (i % 2 ? 1 - value : value)),
            2,
          )} (interpolation = "vertex")`,
        ]
      : []),
    'uniform token subdivisionScheme = "none"',
    `rel material:binding = <${material}>`,
  ];
  const schemas = ["MaterialBindingAPI"];
  if (bound) {
    const { skeleton, bind, joints } = bound;
    const numbers = joints ? plain(skinIndex).map((own) => joints[own]) : plain(skinIndex);
    schemas.push("SkelBindingAPI");
    content.push(
      `matrix4d primvars:skel:geomBindTransform = ${bind ? matrix(bind) : moved([0, 0, 0])}`,
      `int[] primvars:skel:jointIndices = ${list(numbers)} (elementSize = 4; interpolation = "vertex")`,
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
