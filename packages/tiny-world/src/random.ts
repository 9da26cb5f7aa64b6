/**
 * The world's random numbers: xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c).
 *
 *     result = rotl(s1 * 5, 7) * 9
 *     t = s1 << 9;  s2 ^= s0;  s3 ^= s1;  s1 ^= s2;  s0 ^= s3;  s2 ^= t;  s3 = rotl(s3, 11)
 *
 * s0..s3: the state, four unsigned 32-bit words, filled by SplitMix64 as the authors advise. Only 32-bit integer
 * operations take part, so that a seed gives the same data on every machine and in every version of Node.
 */

const MASK_64 = 0xffffffffffffffffn;
const TWO_TO_32 = 0x1_0000_0000;

/** The SplitMix64 sequence of `seed` (Steele, Lea and Flood, 2014), `count` unsigned 64-bit words of it. */
export function splitMix64(seed: bigint, count: number): bigint[] {
  let state = seed & MASK_64;
  return Array.from({ length: count }, () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    return z ^ (z >> 31n);
  });
}

/** FNV-1a, 64 bits, over UTF-16 code units: turns a stream's name into a number. */
function hashName(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n) & MASK_64;
  }
  return hash;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** One stream of random numbers. Streams of one seed with different names do not disturb each other. */
export class Random {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /** A stream from the raw state; the state must not be all zeros. */
  constructor(state: readonly [number, number, number, number]) {
    [this.#s0, this.#s1, this.#s2, this.#s3] = state;
  }

  /** The stream `name` of `seed`, a non-negative safe integer. */
  static stream(seed: number, name: string): Random {
    const [first = 0n, second = 0n] = splitMix64(BigInt(seed) ^ hashName(name), 2);
    const low = (word: bigint) => Number(word & 0xffffffffn);
    const high = (word: bigint) => Number(word >> 32n);
    return new Random([low(first), high(first), low(second), high(second)]);
  }

  /** Uniform over the unsigned 32-bit integers. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#s1, 5), 7), 9) >>> 0;
    const t = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= t;
    this.#s3 = rotateLeft(this.#s3, 11);
    return result;
  }

  /** Uniform over 0 .. bound-1 without bias: words past the last whole multiple of `bound` are drawn again. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_TO_32) {
      throw new RangeError(`bound is ${bound}; it must be an integer from 1 to 2^32`);
    }
    const limit = TWO_TO_32 - (TWO_TO_32 % bound);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % bound;
    }
  }

  /** Uniform over low .. high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability, exact to 2^-32. */
  chance(probability: number): boolean {
    return this.uint32() < probability * TWO_TO_32;
  }

  /** One item of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A new list with the same items in random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = result[last] as T;
      result[last] = result[other] as T;
      result[other] = kept;
    }
    return result;
  }

  /** `count` different items in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`cannot draw ${count} different items of ${items.length}`);
    return this.shuffled(items).slice(0, count);
  }
}
