import { describe, expect, it } from "vitest";
import { bootstrapMean } from "./bootstrap.ts";
import { pairedDifference, pooledPairedDifference } from "./paired-difference.ts";

const easy = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5];

describe("pairedDifference", () => {
  it("takes out what makes a prompt easy or hard for both", () => {
    const interval = pairedDifference(
      easy.map((score) => score + 0.5),
      easy,
      { seed: 1 },
    );
    expect(interval).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  it("is the interval of the differences, and turns round with the models", () => {
    const other = [1, 1, 4, 2, 5, 5, 0, 3, 2, 2, 4, 5];
    const forth = pairedDifference(other, easy, { seed: 1 });
    expect(forth).toEqual(
      bootstrapMean(
        other.map((score, i) => score - (easy[i] as number)),
        { seed: 1 },
      ),
    );
    const back = pairedDifference(easy, other, { seed: 1 });
    expect(back.low).toBeCloseTo(-forth.high, 12);
    expect(back.high).toBeCloseTo(-forth.low, 12);
  });

  it("pairs within runs when pooled", () => {
    const interval = pooledPairedDifference(
      [
        [5, 4, 3],
        [2, 1, 0],
      ],
      [
        [4, 3, 2],
        [1, 0, -1],
      ],
      { seed: 1 },
    );
    expect(interval).toEqual({ mean: 1, low: 1, high: 1 });
  });

  it("refuses what is not paired", () => {
    expect(() => pairedDifference([1, 2], [1], { seed: 1 })).toThrow("2 scores and the second 1");
    expect(() => pooledPairedDifference([[1]], [[1], [1]], { seed: 1 })).toThrow("1 runs and the second 2");
  });
});
