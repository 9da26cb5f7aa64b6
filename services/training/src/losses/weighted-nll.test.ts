import { describe, expect, it } from "vitest";
import { weightedNll } from "./weighted-nll.ts";

describe("weightedNll", () => {
  it("is the weighted mean of -log p", () => {
    const { loss, gradients } = weightedNll(new Float32Array([-1, -2, -4]), new Float32Array([0.5, 1, 1]), 2.5);
    expect(loss).toBeCloseTo((0.5 + 2 + 4) / 2.5, 12);
    expect([...gradients]).toEqual([-0.2, -0.4, -0.4].map(Math.fround));
  });

  it("adds up over micro-batches to the loss of the whole batch", () => {
    const logprobs = new Float32Array([-0.5, -1.5, -2.5, -3.5]);
    const weights = new Float32Array([1, 0.1, 1, 1]);
    const whole = weightedNll(logprobs, weights, 3.1).loss;
    const parts = [0, 2].map(
      (at) => weightedNll(logprobs.subarray(at, at + 2), weights.subarray(at, at + 2), 3.1).loss,
    );
    expect(parts[0]! + parts[1]!).toBeCloseTo(whole, 12);
  });

  it("leaves tokens of weight 0 without influence", () => {
    const weights = new Float32Array([0, 1]);
    expect(weightedNll(new Float32Array([-9, -1]), weights, 1).loss).toBe(1);
    expect(Math.abs(weightedNll(new Float32Array([-9, -1]), weights, 1).gradients[0]!)).toBe(0);
  });
});
