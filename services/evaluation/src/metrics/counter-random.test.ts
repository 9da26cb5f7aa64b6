import { describe, expect, it } from "vitest";
import { fillIndices, philox, type Words4 } from "./counter-random.ts";

describe("philox", () => {
  // Known answers that the authors publish with their code (Random123, kat_vectors).
  it.each<[Words4, readonly [number, number], Words4]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published words for counter %j and key %j", (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });
});

describe("fillIndices", () => {
  const draw = (length: number, bound: number, seed = 1, purpose = 1, resample = 0) => {
    const indices = new Uint32Array(length);
    fillIndices(indices, bound, seed, purpose, resample);
    return [...indices];
  };

  it("is uniform over the bound", () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const index of draw(70_000, 7)) counts[index]!++;
    // Expected 10,000 each with a standard deviation of 93.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(450);
  });

  it("depends on seed (all of its bits), purpose and resample, and on no call before", () => {
    const drawn = [
      draw(9, 1000),
      draw(9, 1000, 2),
      draw(9, 1000, 1 + 2 ** 32),
      draw(9, 1000, 1, 2),
      draw(9, 1000, 1, 1, 1),
    ];
    expect(new Set(drawn.map(String)).size).toBe(5);
    expect(draw(9, 1000)).toEqual(drawn[0]);
    expect(draw(6, 1000)).toEqual(drawn[0]?.slice(0, 6));
  });
});
