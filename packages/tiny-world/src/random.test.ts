import { describe, expect, it } from "vitest";
import { Random, splitMix64 } from "./random.ts";

/** xoshiro128** once more, in big integers and straight from its definition. */
function* reference(state: [bigint, bigint, bigint, bigint]): Generator<number> {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  let [s0, s1, s2, s3] = state;
  for (;;) {
    yield Number((rotl((s1 * 5n) & mask, 7n) * 9n) & mask);
    const t = (s1 << 9n) & mask;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotl(s3, 11n);
  }
}

describe("Random", () => {
  it("is xoshiro128**", () => {
    const random = new Random([1, 2, 3, 4]);
    const expected = reference([1n, 2n, 3n, 4n]);
    const first = Array.from({ length: 1000 }, () => random.uint32());
    expect(first).toEqual(Array.from({ length: 1000 }, () => expected.next().value));
    expect(first.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
  });

  it("seeds by SplitMix64", () => {
    expect(splitMix64(1234567n, 3)).toEqual([6457827717110365317n, 3203168211198807973n, 9817491932198370423n]);
  });

  it("gives each name and each seed a stream of its own", () => {
    const take = (seed: number, name: string) => {
      const random = Random.stream(seed, name);
      return Array.from({ length: 8 }, () => random.uint32()).join();
    };
    expect(take(1, "a")).toBe(take(1, "a"));
    expect(new Set([take(1, "a"), take(1, "b"), take(2, "a"), take(2, "b")]).size).toBe(4);
  });

  it("draws uniformly below a bound, and refuses a bound that cannot be", () => {
    const random = Random.stream(7, "below");
    const seen = [0, 0, 0, 0, 0];
    for (let i = 0; i < 50_000; i++) seen[random.below(5)]!++;
    // Expected 10,000 each with a standard deviation of 89.
    for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(450);
    expect(() => random.below(0)).toThrow("bound is 0");
    expect(() => random.below(2.5)).toThrow("bound is 2.5");
  });

  it("shuffles and samples without loss or repetition, every place equally likely", () => {
    const random = Random.stream(7, "shuffle");
    const items = ["a", "b", "c", "d"];
    const firsts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const shuffled = random.shuffled(items);
      expect(shuffled.toSorted()).toEqual(items);
      firsts.set(shuffled.join(""), (firsts.get(shuffled.join("")) ?? 0) + 1);
    }
    expect(firsts.size).toBe(24);
    // Expected 833 each with a standard deviation of 28.
    for (const count of firsts.values()) expect(Math.abs(count - 833)).toBeLessThan(140);
    expect(new Set(random.sample(items, 3)).size).toBe(3);
    expect(() => random.sample(items, 5)).toThrow("cannot draw 5 different items of 4");
  });
});
