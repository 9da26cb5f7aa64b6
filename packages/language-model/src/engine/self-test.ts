import type { Backend } from "@srlm/tensor-kernels";
import { LanguageModelError } from "../errors.ts";
import { LanguageModel } from "../language-model.ts";
import type { LlamaConfig } from "../llama/llama-config.ts";
import { logProbability } from "../sampling/warp-distribution.ts";
import { packBatch } from "../token-batch.ts";

const config: LlamaConfig = {
  vocabSize: 19,
  hiddenSize: 16,
  intermediateSize: 24,
  layerCount: 2,
  headCount: 4,
  keyValueHeadCount: 2,
  headDimension: 8,
  rmsNormEpsilon: 1e-5,
  maxPositions: 16,
  ropeTheta: 100,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: true,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [],
  padTokenId: null,
};
const ids = [3, 14, 1, 5, 9, 2, 6];
/** Rounding of f32 through two layers stays below 1e-5 (measured 2e-7). */
const tolerance = 1e-4;

/**
 * Whether this backend computes on this machine as it should: the whole-sequence forward pass and cached decoding, which
 * share little code, must give a small random model the same log-probabilities. Throws ENGINE_FAILED otherwise.
 */
export function selfTest(backend: Backend): void {
  const model = LanguageModel.initialise(backend, config, { seed: 1, embeddingStd: 0.5 });
  const cache = model.createCache(1);
  try {
    const whole = model.logProbabilities(packBatch([{ ids, firstTarget: 1 }], config));
    for (const [i, expected] of whole.entries()) {
      const logits = model.extend(cache, Int32Array.of(ids[i] as number), Int32Array.of(0, 1));
      const decoded = logProbability(logits, ids[i + 1] as number);
      if (Math.abs(decoded - expected) < tolerance) continue;
      throw new LanguageModelError(
        "ENGINE_FAILED",
        `self-test of ${backend.info.fingerprint}: log-probability ${i} is ${expected} in one pass and ${decoded} decoded; ` +
          "choose another backend by SRLM_BACKEND",
      );
    }
  } finally {
    cache.free();
    model.free();
  }
}
