import type { RaggedBatch } from "../ragged-batch.ts";
import type { Dropout, Trainable } from "../trainable-model.ts";

/**
 * A bigram table as the smallest model that can be trained: log p(next | token) = log softmax(logits[token]) in double
 * precision, updated by plain gradient descent. Tests of objectives and of the loop run on it in milliseconds.
 */
export class BigramModel implements Trainable {
  readonly logits: Float64Array;
  readonly vocabulary: number;
  /** Keys of the batches that were given with dropout. */
  readonly dropoutKeys: number[] = [];
  private readonly gradient: Float64Array;

  constructor(vocabulary: number, logits?: Float64Array) {
    this.vocabulary = vocabulary;
    this.logits = logits?.slice() ?? Float64Array.from({ length: vocabulary * vocabulary }, (_, i) => Math.sin(i));
    this.gradient = new Float64Array(this.logits.length);
  }

  logProbabilities(batch: RaggedBatch): Float32Array {
    return Float32Array.from(batch.targets, (target, n) => Math.log(this.probabilities(this.token(batch, n))[target]!));
  }

  accumulateGradients(
    batch: RaggedBatch,
    derivative: (logProbs: Float32Array) => Float32Array,
    dropout?: Dropout,
  ): Float32Array {
    if (dropout !== undefined) this.dropoutKeys.push(...batch.dropoutKeys);
    const logProbs = this.logProbabilities(batch);
    const gradients = derivative(logProbs);
    batch.targets.forEach((target, n) => {
      const token = this.token(batch, n);
      this.probabilities(token).forEach((p, v) => {
        this.gradient[token * this.vocabulary + v]! += gradients[n]! * ((v === target ? 1 : 0) - p);
      });
    });
    return logProbs;
  }

  update(learningRate: number, maxGradientNorm = Number.POSITIVE_INFINITY): { gradientNorm: number } {
    const gradientNorm = Math.hypot(...this.gradient);
    const scale = Math.min(1, maxGradientNorm / (gradientNorm + 1e-6));
    this.gradient.forEach((gradient, i) => {
      this.logits[i]! -= learningRate * scale * gradient;
    });
    this.gradient.fill(0);
    return { gradientNorm };
  }

  private token(batch: RaggedBatch, target: number): number {
    return batch.ids[batch.positions[target]!]!;
  }

  private probabilities(token: number): Float64Array {
    const row = this.logits.subarray(token * this.vocabulary, (token + 1) * this.vocabulary);
    const weights = row.map((logit) => Math.exp(logit));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }
}

/** A fixed, uneven sequence of numbers in [0, 1) by counter. */
export function testRandom(stream: number, index: number): number {
  const x = Math.sin(1 + stream * 78.233 + index * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}
