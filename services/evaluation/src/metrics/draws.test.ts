import { describe, expect, it } from "vitest";
import { bootstrapPooledMean } from "./bootstrap.ts";
import { fillIndices } from "./counter-random.ts";
import { Draws } from "./draws.ts";

function drawn(units: number, seed: number, purpose: number, resample: number): number[] {
  const row = new Uint32Array(units);
  fillIndices(row, units, seed, purpose, resample);
  return [...row];
}

describe("draws that intervals share", () => {
  it("are those of each interval alone, in any order and for any seed, purpose and number of units", () => {
    const draws = new Draws();
    for (const [units, seed, purpose] of [
      [7, 1, 1],
      [7, 1, 2],
      [7, 2, 1],
      [6, 1, 1],
      [7, 1, 1],
    ] as const) {
      const row = draws.resamples(units, seed, purpose, 20);
      for (const resample of [19, 0, 7, 7]) expect([...row(resample)]).toEqual(drawn(units, seed, purpose, resample));
    }
  });

  it("are drawn anew where there is no room to keep them", () => {
    const row = new Draws().resamples(4, 3, 1, 2 ** 24);
    for (const resample of [0, 2 ** 24 - 1, 5]) expect([...row(resample)]).toEqual(drawn(4, 3, 1, resample));
  });

  it("change no interval", () => {
    const scores = [1, 2].map((run) => Array.from({ length: 40 }, (_, i) => ((i * 7 + run * 3) % 6) / 3));
    const clusters = scores[0]!.map((_, i) => String(i % 9));
    const draws = new Draws();
    for (const options of [{ seed: 4 }, { seed: 4, clusters }, { seed: 5 }, { seed: 4 }]) {
      expect(bootstrapPooledMean(scores, { ...options, draws })).toEqual(bootstrapPooledMean(scores, options));
    }
  });
});
