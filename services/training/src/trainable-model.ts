import type { RaggedBatch } from "./ragged-batch.ts";

/** Dropout on the residual branches: the mask is a function of seed, step, sequence of the step, and position. */
export interface Dropout {
  /** In [0, 1). */
  readonly rate: number;
  readonly seed: number;
}

/**
 * What training needs of a model: token ids in, log-probabilities out, their derivatives back in. `TrainableModel` of
 * language-model, and the bigram table of the tests.
 */
export interface Trainable {
  /** log p of each target of the batch [N], nats, without dropout; no gradient is kept. */
  logProbabilities(batch: RaggedBatch): Float32Array;
  /**
   * The same with dropout; then `derivative` says d loss / d log p [N], and the gradient of every parameter is added to
   * what has accumulated since the last update.
   */
  accumulateGradients(
    batch: RaggedBatch,
    derivative: (logProbs: Float32Array) => Float32Array,
    dropout?: Dropout,
  ): Float32Array;
  /**
   * One optimiser update with the accumulated gradient, which becomes zero. `maxGradientNorm` clips it, undefined does
   * not. Throws, with nothing changed, where the norm is not finite. Returns the norm before clipping.
   */
  update(learningRate: number, maxGradientNorm?: number): { readonly gradientNorm: number };
}
