/**
 * Random numbers as a function of a counter: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011). Nothing is drawn in sequence, so that an interval does not depend on what was computed
 * before it.
 *
 *     10 rounds of  (c0, c1, c2, c3) <- (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0))
 *     with the key raised after each by the Weyl constants
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** Upper 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

export type Words4 = readonly [number, number, number, number];

/** Four unsigned 32-bit words of one counter (four words) under one key (two words). */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const [low0, low1] = [Math.imul(M0, c0) >>> 0, Math.imul(M1, c2) >>> 0];
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * Fills `indices` with numbers uniform over 0 .. bound-1: the draws of one resample.
 *
 * Keyed by (seed, purpose), counted by (resample, position). The bias of floor(u bound / 2^32) is below bound / 2^32.
 */
export function fillIndices(
  indices: Uint32Array,
  bound: number,
  seed: number,
  purpose: number,
  resample: number,
): void {
  for (let block = 0; block * 4 < indices.length; block++) {
    const words = philox([block, resample, Math.floor(seed / 2 ** 32), 0], [seed >>> 0, purpose]);
    const last = Math.min(4, indices.length - block * 4);
    for (let lane = 0; lane < last; lane++) {
      indices[block * 4 + lane] = Math.floor(((words[lane] as number) * bound) / 2 ** 32);
    }
  }
}
