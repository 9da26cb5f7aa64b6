import type { RaggedBatch } from "./ragged-batch.ts";

/** Mask of the residual dropout: a function of seed, step and row keys, so that any split of a step draws the same. */
export interface StepDropout {
  readonly rate: number;
  readonly seed: number;
  readonly step: number;
  /** [T] a key for each token of the batch. */
  readonly rowKeys: Int32Array;
}

/** One update of all parameters, see the equation of AdamW in tensor-kernels. */
export interface Update {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 for the first update. */
  readonly step: number;
  /** Factor on the gradient (clipping). */
  readonly gradientScale: number;
}

/** What training needs of a model: token ids in, log-probabilities out, their gradients back in. */
export interface TrainableModel {
  /** log p of each target of the batch [N], nats; no gradient is kept. */
  logProbs(batch: RaggedBatch): Float32Array;
  /**
   * The same, with dropout where given; then `lossGradient` says d loss / d log p [N], and the gradient of every
   * parameter is added to what has accumulated since the last update.
   */
  accumulate(
    batch: RaggedBatch,
    dropout: StepDropout | undefined,
    lossGradient: (logprobs: Float32Array) => Float32Array,
  ): void;
  /** L2 norm of the accumulated gradient. */
  gradientNorm(): number;
  /** Applies the accumulated gradient and clears it. */
  update(update: Update): void;
}
