// What this browser's wasm can do.

/** A module with one function: `f32x4.relaxed_madd` of three zeros. */
const FUSED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65,
  0, 253, 15, 253, 133, 2, 11,
];

/** Whether there is relaxed SIMD, with which a product and its sum are one operation. */
export function hasRelaxedSimd() {
  return WebAssembly.validate(Uint8Array.from(FUSED));
}
