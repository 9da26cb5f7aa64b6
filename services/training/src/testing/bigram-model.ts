import type { RaggedBatch } from "../ragged-batch.ts";
import type { StepDropout, TrainableModel, Update } from "../trainable-model.ts";

/**
 * A bigram table as the smallest model that can be trained: log p(next | token) = log softmax(logits[token]) in double
 * precision, updated by plain gradient descent. Tests of objectives and of the loop run on it in milliseconds.
 */
export class BigramModel implements TrainableModel {
  readonly logits: Float64Array;
  readonly vocabulary: number;
  readonly dropouts: StepDropout[] = [];
  private readonly gradient: Float64Array;

  constructor(vocabulary: number, logits?: Float64Array) {
    this.vocabulary = vocabulary;
    this.logits = logits?.slice() ?? Float64Array.from({ length: vocabulary * vocabulary }, (_, i) => Math.sin(i));
    this.gradient = new Float64Array(this.logits.length);
  }

  logProbs(batch: RaggedBatch): Float32Array {
    return Float32Array.from(batch.targets, (target, n) => Math.log(this.probabilities(this.token(batch, n))[target]!));
  }

  accumulate(
    batch: RaggedBatch,
    dropout: StepDropout | undefined,
    lossGradient: (logprobs: Float32Array) => Float32Array,
  ): void {
    if (dropout !== undefined) this.dropouts.push(dropout);
    const gradients = lossGradient(this.logProbs(batch));
    batch.targets.forEach((target, n) => {
      const token = this.token(batch, n);
      this.probabilities(token).forEach((p, v) => {
        this.gradient[token * this.vocabulary + v]! += gradients[n]! * ((v === target ? 1 : 0) - p);
      });
    });
  }

  gradientNorm(): number {
    return Math.hypot(...this.gradient);
  }

  update({ learningRate, gradientScale }: Update): void {
    this.gradient.forEach((gradient, i) => {
      this.logits[i]! -= learningRate * gradientScale * gradient;
    });
    this.gradient.fill(0);
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
