import { describe, expect, it } from "vitest";
import type { LlamaConfig } from "../llama/llama-config.ts";
import { activationBytes, estimateMemory, rowBytes } from "../memory-estimate.ts";
import { defaultBatchLimits } from "../sampling/generate.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { batchLimits, scoredTokens } from "./batch-limits.ts";

/** SmolLM2-135M. */
const small: LlamaConfig = {
  ...tinyConfig,
  vocabSize: 49_152,
  hiddenSize: 576,
  intermediateSize: 1536,
  layerCount: 30,
  headCount: 9,
  keyValueHeadCount: 3,
  headDimension: 64,
  maxPositions: 8192,
};
const rubric = { prompt: 700, completion: 256 };
const GiB = 2 ** 30;

describe("batchLimits", () => {
  it.each([tinyConfig, small])("keeps rows, a prefill and its longest prompt inside what is free", (config) => {
    const least = estimateMemory(config, "sampling");
    for (const factor of [1, 1.1, 1.5, 3, 10, 1000]) {
      const free = factor * least.totalBytes - least.weightBytes;
      for (const prompt of [1, 5, config.maxPositions - 1].map((length) => Math.min(length, config.maxPositions - 1))) {
        const lengths = { prompt, completion: config.maxPositions - prompt };
        const { maxRows, maxPrefillTokens } = batchLimits(config, free, lengths);
        expect(maxRows).toBeGreaterThanOrEqual(1);
        expect(maxRows).toBeLessThanOrEqual(defaultBatchLimits.maxRows);
        expect(maxPrefillTokens).toBeLessThanOrEqual(defaultBatchLimits.maxPrefillTokens);
        const prefill = Math.max(prompt, maxPrefillTokens) * activationBytes(config, "sampling");
        expect(maxRows * rowBytes(config, config.maxPositions) + prefill).toBeLessThanOrEqual(free);
      }
    }
  });

  it("takes all that is wanted where there is room, and never more", () => {
    expect(batchLimits(tinyConfig, GiB, { prompt: 4, completion: 8 })).toEqual(defaultBatchLimits);
    const wanted = { maxRows: 3, maxPrefillTokens: 10 };
    expect(batchLimits(tinyConfig, GiB, { prompt: 4, completion: 8 }, wanted)).toEqual(wanted);
  });

  it("of a model of 135 million parameters, samples fewer rows instead of filling the memory with keys and values", () => {
    const free = 4 * GiB - estimateMemory(small, "sampling").weightBytes;
    expect(rowBytes(small, 956) * defaultBatchLimits.maxRows).toBeGreaterThan(16 * GiB);
    const { maxRows } = batchLimits(small, free, rubric);
    expect(maxRows).toBeGreaterThan(10);
    expect(maxRows).toBeLessThan(40);
  });
});

describe("scoredTokens", () => {
  it("is what fits, at least one and at most 8192", () => {
    const perToken = activationBytes(tinyConfig, "sampling");
    expect([0, 10.5 * perToken, GiB].map((free) => scoredTokens(tinyConfig, free))).toEqual([1, 10, 8192]);
  });
});
