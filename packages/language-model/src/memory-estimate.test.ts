import { describe, expect, it } from "vitest";
import { parameterCount } from "./llama/llama-config.ts";
import { checkMemory, estimateMemory } from "./memory-estimate.ts";
import { tinyConfig } from "./testing/tiny-config.ts";

const config = {
  ...tinyConfig,
  vocabSize: 91,
  hiddenSize: 64,
  intermediateSize: 176,
  headDimension: 16,
  keyValueHeadCount: 4,
};

describe("estimateMemory", () => {
  it("counts the tiny world's parameters, the tied table once", () => {
    expect(parameterCount(config)).toBe(106_496);
  });
});

describe("checkMemory", () => {
  it("passes what fits and refuses what does not with what it would need", () => {
    const needed = estimateMemory(config, "training").totalBytes;
    expect(checkMemory("m", config, "training", needed).totalBytes).toBe(needed);
    expect(() => checkMemory("models/big", config, "training", needed - 1)).toThrow(
      /^models\/big: training needs .* \(weights .*, gradients and moments .*, tokens .*\), the budget is .*; use a smaller model/,
    );
  });
});
