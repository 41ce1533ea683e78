/** Whether this browser computes the nets: their runtime is built with WebAssembly's SIMD. */

// the smallest module with a SIMD instruction: a function that makes a vector of a number
const MODULE = [
  ...[0, 97, 115, 109, 1, 0, 0, 0], // magic, version
  ...[1, 5, 1, 96, 0, 1, 123], // a type: nothing in, a vector out
  ...[3, 2, 1, 0], // a function of it
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11], // i8x16.splat, i8x16.popcnt
];

export const hasSimd = () => Boolean(globalThis.WebAssembly?.validate?.(Uint8Array.from(MODULE)));
