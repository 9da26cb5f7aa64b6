import { describe, expect, test } from "vitest";
import { dropoutWords, fillNormal, fillUniform, philox4x32, uniformAt } from "./philox.ts";

type Words = [number, number, number, number];

/** Counter, key and output of the known-answer tests published with Random123 (philox4x32, 10 rounds). */
const VECTORS: { counter: Words; key: [number, number]; words: Words }[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

/** The round function with 64-bit integers, as the definition has it. */
function philoxByDefinition(counter: Words, key: [number, number]): Words {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd2511f53n * c0;
    const product1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(product1 >> 32n) ^ c1 ^ k0, product1 & mask, (product0 >> 32n) ^ c3 ^ k1, product0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number) as Words;
}

describe("philox4x32", () => {
  test.each(VECTORS)("gives the published words for counter $counter", ({ counter, key, words }) => {
    const out = new Uint32Array(4);
    philox4x32(out, ...counter, ...key);
    expect([...out]).toEqual(words);
  });

  test("equals the definition with 64-bit integers on 500 random blocks", () => {
    const out = new Uint32Array(4);
    for (let i = 0; i < 500; i++) {
      const random = (): number => Math.floor(Math.random() * 2 ** 32);
      const counter: Words = [random(), random(), random(), random()];
      const key: [number, number] = [random(), random()];
      philox4x32(out, ...counter, ...key);
      expect([...out]).toEqual(philoxByDefinition(counter, key));
    }
  });
});

describe("uniformAt", () => {
  test("depends on every field and on nothing else", () => {
    const place = { seed: 2 ** 40 + 5, prompt: 1, candidate: 2, position: 3 };
    const value = uniformAt(place);
    expect(uniformAt({ ...place })).toBe(value);
    for (const field of ["seed", "prompt", "candidate", "position"] as const) {
      expect(uniformAt({ ...place, [field]: place[field] + 1 })).not.toBe(value);
    }
    expect(uniformAt({ ...place, seed: 5 })).not.toBe(value);
  });

  test("is uniform: mean, variance and tenths of 20,000 draws", () => {
    const draws = Array.from({ length: 20_000 }, (_, i) =>
      uniformAt({ seed: 7, prompt: i % 10, candidate: i % 7, position: i }),
    );
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = draws.filter((x) => Math.floor(x * 10) === tenth).length / draws.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.011);
    }
  });

  test.each([
    [{ seed: -1, prompt: 0, candidate: 0, position: 0 }, "seed is -1"],
    [{ seed: 0.5, prompt: 0, candidate: 0, position: 0 }, "seed is 0.5"],
    [{ seed: 0, prompt: 2 ** 32, candidate: 0, position: 0 }, "prompt is 4294967296"],
    [{ seed: 0, prompt: 0, candidate: -3, position: 0 }, "candidate is -3"],
    [{ seed: 0, prompt: 0, candidate: 0, position: Number.NaN }, "position is NaN"],
  ])("refuses %o", (place, message) => {
    expect(() => uniformAt(place)).toThrow(message);
  });
});

describe("fillNormal and fillUniform", () => {
  test("have the moments of their distributions", () => {
    const normal = new Float32Array(40_001);
    fillNormal(normal, 3, 1, 0.1);
    const mean = normal.reduce((sum, x) => sum + x, 0) / normal.length;
    const deviation = Math.sqrt(normal.reduce((sum, x) => sum + x * x, 0) / normal.length);
    const beyond = normal.filter((x) => Math.abs(x) > 0.196).length / normal.length;
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(Math.abs(deviation - 0.1)).toBeLessThan(0.002);
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.005);
    const uniform = new Float32Array(40_001);
    fillUniform(uniform, 3, 1);
    expect(Math.abs(uniform.reduce((sum, x) => sum + x, 0) / uniform.length - 0.5)).toBeLessThan(0.006);
    expect(uniform.every((x) => x >= 0 && x < 1)).toBe(true);
  });

  test("give an element whatever the length, and other numbers for another stream", () => {
    const [short, long, other] = [new Float32Array(5), new Float32Array(9), new Float32Array(5)];
    fillNormal(short, 11, 4, 1);
    fillNormal(long, 11, 4, 1);
    fillNormal(other, 11, 5, 1);
    expect(long.subarray(0, 5)).toEqual(short);
    expect(other).not.toEqual(short);
  });
});

test("dropout words differ by seed, stream, step, row and group", () => {
  const values = [
    [1, 2, 3, 4, 5],
    [2, 2, 3, 4, 5],
    [1, 3, 3, 4, 5],
    [1, 2, 4, 4, 5],
    [1, 2, 3, 5, 5],
    [1, 2, 3, 4, 6],
  ].map(([seed, stream, step, row, group]) => [...dropoutWords(seed!, stream!, step!)(row!, group!)].join());
  expect(new Set(values).size).toBe(6);
});
