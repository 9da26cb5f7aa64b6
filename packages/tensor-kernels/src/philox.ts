/**
 * Counter-based random numbers: Philox 4x32-10.
 *
 *   (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)), 10 rounds,
 *   the key grows by the Weyl constants (W0, W1) between rounds.
 *
 * c: counter of 128 bits, k: key of 64 bits, hi and lo: halves of the 64-bit product. A number is a pure function of
 * key and counter, so it depends neither on the order of the draws nor on what else is drawn.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; vectors of Random123.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 2 ** 32;

/** Upper 32 bits of the product of two unsigned 32-bit integers, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const carry = Math.imul(aLow, bLow) >>> 16;
  const middle = aHigh * bLow + carry;
  const cross = aLow * bHigh + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** Writes the block of four unsigned 32-bit words of a counter and a key into `out`. */
export function philox4x32(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Where a random number is needed. All fields are integers; `seed` in 0..2^53-1, the others in 0..2^32-1. */
export interface RandomPlace {
  readonly seed: number;
  /** Index (or 32-bit hash) of the prompt. */
  readonly prompt: number;
  readonly candidate: number;
  /** Index of the token in the answer. */
  readonly position: number;
}

/** Keeps the numbers of sampling, dropout and initialisation apart under one seed. */
const DOMAIN = { sample: 0x73616d70, fill: 0x66696c6c, dropout: 0x64726f70 } as const;

const block = new Uint32Array(4);

function seedWords(seed: number): { low: number; high: number } {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed is ${seed}: give an integer in 0..2^53-1`);
  }
  return { low: seed >>> 0, high: Math.floor(seed / TWO_32) };
}

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= TWO_32) {
    throw new RangeError(`${name} is ${value}: give an integer in 0..2^32-1`);
  }
}

/** 53 bits of two words as a number in [0, 1). */
function toUnit(word0: number, word1: number): number {
  return ((word0 >>> 5) * 2 ** 26 + (word1 >>> 6)) / 2 ** 53;
}

/** The uniform number in [0, 1) with 53 random bits that belongs to a place. */
export function uniformAt(place: RandomPlace): number {
  checkWord("prompt", place.prompt);
  checkWord("candidate", place.candidate);
  checkWord("position", place.position);
  const { low, high } = seedWords(place.seed);
  philox4x32(block, place.position, place.candidate, place.prompt, DOMAIN.sample, low, high);
  return toUnit(block[0]!, block[1]!);
}

/**
 * Fills `out` with numbers of the normal distribution N(0, deviation^2), by Box-Muller. Equal (seed, stream) give
 * equal numbers; element i does not depend on the length of `out`.
 */
export function fillNormal(out: Float32Array, seed: number, stream: number, deviation: number): void {
  checkWord("stream", stream);
  const { low, high } = seedWords(seed);
  for (let i = 0; i < out.length; i += 2) {
    philox4x32(block, i / 2, 0, stream, DOMAIN.fill, low, high);
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - toUnit(block[0]!, block[1]!)));
    const angle = 2 * Math.PI * toUnit(block[2]!, block[3]!);
    out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
}

/** Fills `out` with uniform numbers in [0, 1), rounded to f32 after shifting down to 24 bits (so 1 is never reached). */
export function fillUniform(out: Float32Array, seed: number, stream: number): void {
  checkWord("stream", stream);
  const { low, high } = seedWords(seed);
  for (let i = 0; i < out.length; i += 4) {
    philox4x32(block, i / 4, 1, stream, DOMAIN.fill, low, high);
    for (let j = 0; j < 4 && i + j < out.length; j++) out[i + j] = (block[j]! >>> 8) / 2 ** 24;
  }
}

/** A source of the words of one dropout place: `words(row, group)` serves elements 4*group .. 4*group+3 of a row. */
export function dropoutWords(seed: number, stream: number, step: number): (row: number, group: number) => Uint32Array {
  checkWord("stream", stream);
  checkWord("step", step);
  const { low, high } = seedWords(seed);
  return (row, group) => {
    philox4x32(block, row, group, step, stream, low, high ^ DOMAIN.dropout);
    return block;
  };
}
