import { describe, expect, it } from "vitest";
import { checkSamplingSettings, type SamplingSettings } from "./sampling-settings.ts";
import { drawToken, logProbability, warpDistribution } from "./warp-distribution.ts";

/** Natural logs of probabilities that sum to 1. */
const logits = Float32Array.from([0.1, 0.4, 0.05, 0.25, 0.2], Math.log);

function probabilities(settings: Partial<SamplingSettings>, seen: number[] = []): number[] {
  const { weights, total } = warpDistribution(logits, seen, { temperature: 1, ...settings });
  return Array.from(weights, (weight) => Number((weight / total).toFixed(6)));
}

describe("warpDistribution", () => {
  it("is the softmax where nothing is set", () => {
    expect(probabilities({})).toEqual([0.1, 0.4, 0.05, 0.25, 0.2]);
  });

  it("raises probabilities to 1 / temperature", () => {
    const squares = [0.01, 0.16, 0.0025, 0.0625, 0.04];
    const sum = squares.reduce((a, b) => a + b);
    expect(probabilities({ temperature: 0.5 })).toEqual(squares.map((p) => Number((p / sum).toFixed(6))));
  });

  it("takes the most likely token at temperature 0, the lowest id of equals", () => {
    expect(probabilities({ temperature: 0 })).toEqual([0, 1, 0, 0, 0]);
    const ties = warpDistribution(Float32Array.of(0, 2, 2), [], { temperature: 0 });
    expect([...ties.weights]).toEqual([0, 1, 0]);
  });

  it("keeps the k likeliest and what ties with the k-th", () => {
    expect(probabilities({ topK: 2 })).toEqual([0, 0.615385, 0, 0.384615, 0]);
    expect(probabilities({ topK: 99 })).toEqual(probabilities({}));
    const ties = warpDistribution(Float32Array.of(1, 2, 1, 0), [], { temperature: 1, topK: 2 });
    expect([...ties.weights].map((weight) => weight > 0)).toEqual([true, true, true, false]);
  });

  it("keeps the smallest likeliest set that reaches p, at least one token", () => {
    expect(probabilities({ topP: 0.7 })).toEqual([0, 0.470588, 0, 0.294118, 0.235294]);
    expect(probabilities({ topP: 0.6 })).toEqual([0, 0.615385, 0, 0.384615, 0]);
    expect(probabilities({ topP: 1e-9 })).toEqual([0, 1, 0, 0, 0]);
  });

  it("keeps the lower id of equals at the edge of top-p", () => {
    const { weights } = warpDistribution(new Float32Array(4), [], { temperature: 1, topP: 0.5 });
    expect([...weights].map((weight) => weight > 0)).toEqual([true, true, false, false]);
  });

  it("drops what is less likely than min-p of the likeliest", () => {
    expect(probabilities({ minP: 0.45 })).toEqual([0, 0.470588, 0, 0.294118, 0.235294]);
  });

  it("penalises repeated ids once each, by the sign of their logits", () => {
    const warped = (penalty: number) =>
      warpDistribution(Float32Array.of(2, -2, 1), [0, 1, 0], { temperature: 1, repetitionPenalty: penalty });
    const ratio = ({ weights }: { weights: Float64Array }, i: number) =>
      Math.log((weights[i] as number) / (weights[2] as number));
    expect(ratio(warped(2), 0)).toBeCloseTo(1 - 1, 12);
    expect(ratio(warped(2), 1)).toBeCloseTo(-4 - 1, 12);
  });

  it("leaves the logits as they are", () => {
    const before = logits.slice();
    warpDistribution(logits, [1], { temperature: 0.5, topK: 3, topP: 0.5, minP: 0.1, repetitionPenalty: 2 });
    expect(logits).toEqual(before);
  });
});

describe("drawToken", () => {
  it("inverts the cumulative distribution over ids, dropped ones left out", () => {
    const distribution = { weights: Float64Array.of(0, 2, 0, 6), total: 8 };
    expect([0, 0.2499, 0.25, 0.9999].map((uniform) => drawToken(distribution, uniform))).toEqual([1, 1, 3, 3]);
  });

  it("stays inside where rounding left the total above the sum", () => {
    expect(drawToken({ weights: Float64Array.of(1, 1, 0), total: 2.1 }, 0.99)).toBe(1);
  });
});

describe("logProbability", () => {
  it("is the plain log-softmax, also for large logits", () => {
    expect(logProbability(logits, 3)).toBeCloseTo(Math.log(0.25), 6);
    expect(logProbability(Float32Array.of(1000, 1000), 0)).toBeCloseTo(-Math.LN2, 12);
  });
});

describe("checkSamplingSettings", () => {
  it.each<[Partial<SamplingSettings>, string]>([
    [{ temperature: -1 }, "temperature -1 must be 0 or above"],
    [{ temperature: Number.NaN }, "temperature NaN"],
    [{ topK: 0 }, "topK 0 must be a whole number from 1"],
    [{ topP: 0 }, "topP 0 must be above 0 and at most 1"],
    [{ minP: 1.1 }, "minP 1.1 must be from 0 to 1"],
    [{ repetitionPenalty: 0 }, "repetitionPenalty 0 must be above 0"],
  ])("refuses %o", (settings, message) => {
    expect(() => checkSamplingSettings({ temperature: 1, ...settings })).toThrow(message);
  });
});
