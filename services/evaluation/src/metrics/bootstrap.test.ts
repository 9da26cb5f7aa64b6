import { describe, expect, it } from "vitest";
import { bootstrapMean, bootstrapPooledMean, quantile } from "./bootstrap.ts";
import { philox } from "./counter-random.ts";

/** Standard normal numbers by Box and Muller, a function of (stream, i). */
function normal(stream: number, i: number): number {
  const [a, b] = philox([i, 0, 0, 9], [stream, 77]);
  return Math.sqrt(-2 * Math.log((a + 0.5) / 2 ** 32)) * Math.cos((2 * Math.PI * b) / 2 ** 32);
}
const normals = (stream: number, n: number) => Array.from({ length: n }, (_, i) => normal(stream, i));
const width = ({ low, high }: { low: number; high: number }) => high - low;

describe("bootstrapMean", () => {
  it("has the width that theory gives for a mean, and lies around it", () => {
    const scores = normals(1, 400);
    const mean = scores.reduce((sum, score) => sum + score, 0) / 400;
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 400);
    const interval = bootstrapMean(scores, { seed: 3, resamples: 20_000 });
    expect(interval.mean).toBeCloseTo(mean, 12);
    // The ends are uncertain by 0.02 standard errors at 20,000 resamples.
    const standardError = deviation / 20;
    expect(Math.abs((interval.high - mean) / standardError - 1.96)).toBeLessThan(0.1);
    expect(Math.abs((mean - interval.low) / standardError - 1.96)).toBeLessThan(0.1);
    const narrow = bootstrapMean(scores, { seed: 3, resamples: 20_000, level: 0.5 });
    expect(Math.abs(width(narrow) / standardError - 2 * 0.6745)).toBeLessThan(0.06);
  });

  it("covers the true mean in about 95 % of samples", () => {
    const covered = Array.from({ length: 400 }, (_, sample) => {
      const { low, high } = bootstrapMean(normals(100 + sample, 60), { seed: sample, resamples: 400 });
      return low <= 0 && 0 <= high;
    }).filter(Boolean).length;
    // A percentile interval of 60 values covers about 94 %; the count's standard deviation is 1.2 %.
    expect(covered / 400).toBeGreaterThan(0.9);
    expect(covered / 400).toBeLessThan(0.98);
  });

  it("resamples with the probabilities of drawing with replacement", () => {
    // Means of two draws from {0, 1}: 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4.
    const scores = [0, 1];
    expect(bootstrapMean(scores, { seed: 1, resamples: 4000, level: 0.46 })).toEqual({
      mean: 0.5,
      low: 0.5,
      high: 0.5,
    });
    expect(bootstrapMean(scores, { seed: 1, resamples: 4000, level: 0.54 })).toEqual({ mean: 0.5, low: 0, high: 1 });
  });

  it("is a function of its input alone, and moves little with the seed", () => {
    const scores = normals(2, 100);
    const one = bootstrapMean(scores, { seed: 5 });
    expect(bootstrapMean(scores, { seed: 5 })).toEqual(one);
    const other = bootstrapMean(scores, { seed: 6 });
    expect(other).not.toEqual(one);
    expect(Math.abs(other.low - one.low)).toBeLessThan(0.05);
  });

  it("has no width for one prompt or for equal scores", () => {
    expect(bootstrapMean([4], { seed: 0 })).toEqual({ mean: 4, low: 4, high: 4 });
    expect(bootstrapMean([2, 2, 2], { seed: 0 })).toEqual({ mean: 2, low: 2, high: 2 });
  });
});

describe("clusters", () => {
  it("are drawn whole: equal scores within clusters are worth one score each", () => {
    const values = [1, 4, 2, 5, 3];
    const scores = values.flatMap((value) => [value, value, value]);
    const clusters = values.flatMap((value) => Array.from({ length: 3 }, () => `request ${value}`));
    const clustered = bootstrapMean(scores, { seed: 8, clusters });
    const single = bootstrapMean(values, { seed: 8 });
    expect(clustered.low).toBeCloseTo(single.low, 12);
    expect(clustered.high).toBeCloseTo(single.high, 12);
    expect(width(clustered)).toBeGreaterThan(1.4 * width(bootstrapMean(scores, { seed: 8 })));
  });

  it("of one prompt each change nothing", () => {
    const scores = normals(4, 30);
    const clusters = scores.map((_, i) => String(i));
    expect(bootstrapMean(scores, { seed: 8, clusters })).toEqual(bootstrapMean(scores, { seed: 8 }));
  });

  it("of unequal size weigh by their prompts", () => {
    const interval = bootstrapMean([0, 0, 0, 4], { seed: 8, clusters: ["a", "a", "a", "b"], level: 0.99 });
    expect(interval).toEqual({ mean: 1, low: 0, high: 4 });
  });
});

describe("bootstrapPooledMean", () => {
  it("of equal runs is the interval of one of them", () => {
    const scores = normals(5, 50);
    const one = bootstrapMean(scores, { seed: 2 });
    const pooled = bootstrapPooledMean([scores, scores, scores], { seed: 2 });
    expect(pooled.low).toBeCloseTo(one.low, 12);
    expect(pooled.high).toBeCloseTo(one.high, 12);
  });

  it("holds what varies between runs", () => {
    const flat = [1, 2, 3].map((level) => Array.from({ length: 20 }, () => level));
    // All three runs drawn as the same one has probability 1/27 at either end.
    expect(bootstrapPooledMean(flat, { seed: 2, level: 0.95 })).toEqual({ mean: 2, low: 1, high: 3 });
    expect(width(bootstrapPooledMean(flat, { seed: 2, level: 0.9 }))).toBeLessThan(2);
  });

  it("draws one set of prompts for all runs: what varies by prompt does not average out over runs", () => {
    const scores = normals(6, 40);
    const single = width(bootstrapMean(scores, { seed: 2 }));
    const runs = Array.from({ length: 10 }, (_, run) => scores.map((score, i) => score + 0.01 * normal(50 + run, i)));
    expect(width(bootstrapPooledMean(runs, { seed: 2 }))).toBeGreaterThan(0.9 * single);
  });
});

describe("quantile", () => {
  it("interpolates linearly between neighbours", () => {
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.9)).toBeCloseTo(3.7, 12);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  });
});

describe("bad input", () => {
  it.each([
    [() => bootstrapMean([], { seed: 1 }), "no scores to resample"],
    [() => bootstrapPooledMean([], { seed: 1 }), "no scores to resample"],
    [() => bootstrapMean([1, Number.NaN], { seed: 1 }), "score 1 of run 0 is NaN"],
    [() => bootstrapPooledMean([[1], [1, 2]], { seed: 1 }), "run 1 has 2 scores and run 0 1"],
    [() => bootstrapMean([1, 2], { seed: 1, clusters: ["a"] }), "clusters has 1 entries for 2 prompts"],
    [() => bootstrapMean([1], { seed: -1 }), "seed is -1"],
    [() => bootstrapMean([1], { seed: 1, resamples: 0 }), "resamples is 0"],
    [() => bootstrapMean([1], { seed: 1, level: 1 }), "level is 1"],
  ])("is refused by name (%#)", (compute, message) => {
    expect(compute).toThrow(message);
  });
});
