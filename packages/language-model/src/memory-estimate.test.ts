import { createBackend } from "@srlm/tensor-kernels";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "./language-model.ts";
import { parameterCount } from "./llama/llama-config.ts";
import { checkMemory, estimateMemory } from "./memory-estimate.ts";
import { tinyConfig } from "./testing/tiny-config.ts";
import { packBatch } from "./token-batch.ts";
import { TrainableModel } from "./trainable-model.ts";

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

  it.each(["cpu", "wasm"] as const)("bounds what training holds on %s, and is at most twice of it", async (name) => {
    const backend = await createBackend(name);
    const tokens = 20 * 32;
    const model = LanguageModel.initialise(backend, config, { seed: 1 });
    const trained = new TrainableModel(model, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 });
    const sequence = { ids: Array.from({ length: 32 }, (_, i) => i), firstTarget: 1 };
    const batch = packBatch(
      Array.from({ length: 20 }, () => sequence),
      config,
    );
    let alive = 0;
    trained.accumulateGradients(batch, (logProbs) => {
      alive = backend.memory().bytes; // after the forward pass everything that the backward pass reads is there
      return logProbs;
    });
    const { totalBytes } = estimateMemory(config, "training", tokens);
    expect(totalBytes).toBeGreaterThan(alive);
    expect(totalBytes).toBeLessThan(2 * alive);
    trained.free();
    model.free();
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
