/**
 * DPO over preference pairs: each step runs the chosen and the rejected completion of its pairs through the policy and
 * takes the reference's summed log-probabilities from those computed once before the first update.
 */
import { BatchOrder, type CounterRandom } from "../batch-order.ts";
import { type DpoOptions, type DpoPair, dpoLoss } from "../losses/dpo.ts";
import { type RaggedBatch, raggedBatch, sequenceLength, type TrainingSequence } from "../ragged-batch.ts";
import type { Dropout, Trainable } from "../trainable-model.ts";
import { type Objective, type StepResult, split } from "./objective.ts";

export interface PairExample {
  readonly promptIds: Uint32Array;
  readonly chosenIds: Uint32Array;
  readonly rejectedIds: Uint32Array;
}

/** Summed log-probabilities of every pair under the reference, in the order of the pairs. */
export interface ReferenceLogProbs {
  readonly chosen: Float64Array;
  readonly rejected: Float64Array;
}

const chosenSequence = ({ promptIds, chosenIds }: PairExample): TrainingSequence => ({
  promptIds,
  completionIds: chosenIds,
});
const rejectedSequence = ({ promptIds, rejectedIds }: PairExample): TrainingSequence => ({
  promptIds,
  completionIds: rejectedIds,
});

/**
 * Chosen completions of all pairs, then the rejected ones. In the optimiser step, of which `firstPair` is the place of
 * the first pair, the two of a pair stand side by side, so that their places do not depend on how the step is split up.
 */
function pairBatch(pairs: readonly PairExample[], firstPair = 0): RaggedBatch {
  const batch = raggedBatch([...pairs.map(chosenSequence), ...pairs.map(rejectedSequence)], 0);
  const places = pairs.map((_, i) => 2 * (firstPair + i));
  return { ...batch, dropoutKeys: Int32Array.from([...places, ...places.map((place) => place + 1)]) };
}

/** Sum of each sequence's log-probabilities [B]. */
export function sequenceSums(batch: RaggedBatch, logprobs: Float32Array): Float64Array {
  return Float64Array.from({ length: batch.offsets.length - 1 }, (_, b) => {
    let sum = 0;
    for (let n = batch.targetOffsets[b]!; n < batch.targetOffsets[b + 1]!; n += 1) sum += logprobs[n]!;
    return sum;
  });
}

/** Reference values of pairs by the model as it is now, `pairsAtOnce` at a time. */
export function referenceLogProbs(
  model: Trainable,
  pairs: readonly PairExample[],
  pairsAtOnce: number,
): ReferenceLogProbs {
  const chosen = new Float64Array(pairs.length);
  const rejected = new Float64Array(pairs.length);
  let done = 0;
  for (const part of split(pairs, pairsAtOnce)) {
    const batch = pairBatch(part);
    const sums = sequenceSums(batch, model.logProbabilities(batch));
    chosen.set(sums.subarray(0, part.length), done);
    rejected.set(sums.subarray(part.length), done);
    done += part.length;
  }
  return { chosen, rejected };
}

/** Pairs in one pass through the model: a pair is two sequences, and never split up. */
export function pairsAtOnce(batchSize: number, microBatchSize: number): number {
  return microBatchSize === 0 ? batchSize : Math.min(batchSize, Math.ceil(microBatchSize / 2));
}

export interface PreferenceOptions extends DpoOptions {
  readonly batchSize: number;
  /** Sequences at once, see `pairsAtOnce`; 0 means the whole step. */
  readonly microBatchSize: number;
}

export class PreferenceObjective implements Objective {
  readonly stepsPerEpoch: number;
  private readonly pairs: readonly PairExample[];
  private readonly reference: ReferenceLogProbs;
  private readonly options: PreferenceOptions;
  private readonly order: BatchOrder;

  constructor(
    pairs: readonly PairExample[],
    reference: ReferenceLogProbs,
    options: PreferenceOptions,
    random: CounterRandom,
  ) {
    this.pairs = pairs;
    this.reference = reference;
    this.options = options;
    const lengths = pairs.map((pair) => sequenceLength(chosenSequence(pair)) + pair.rejectedIds.length);
    this.order = new BatchOrder(lengths, options.batchSize, random);
    this.stepsPerEpoch = this.order.batchesPerEpoch;
  }

  run(model: Trainable, step: number, dropout: Dropout | undefined): StepResult {
    const indices = Array.from(this.order.batch(step));
    const totals = {
      pairs: indices.length,
      chosenTokens: indices.reduce((sum, index) => sum + this.pairs[index]!.chosenIds.length, 0),
    };
    const sums = { loss: 0, tokens: 0, sigmoid_loss: 0, accuracy: 0, margin: 0, chosen_change: 0, rejected_change: 0 };
    let firstPair = 0;
    for (const part of split(indices, pairsAtOnce(this.options.batchSize, this.options.microBatchSize))) {
      const pairsOfPart = part.map((index) => this.pairs[index]!);
      const batch = pairBatch(pairsOfPart, firstPair);
      const derivative = (logprobs: Float32Array) => {
        const policy = sequenceSums(batch, logprobs);
        const pairs = part.map((index, i) => this.dpoPair(index, policy[i]!, policy[part.length + i]!));
        const result = dpoLoss(pairs, this.options, totals);
        sums.loss += result.loss;
        sums.sigmoid_loss += result.sigmoidLoss;
        sums.accuracy += result.accuracy;
        sums.margin += result.margin;
        for (const pair of pairs) {
          sums.chosen_change += (pair.chosen - pair.referenceChosen) / totals.pairs;
          sums.rejected_change += (pair.rejected - pair.referenceRejected) / totals.pairs;
        }
        return tokenGradients(batch, [...result.chosenGradients, ...result.rejectedGradients]);
      };
      model.accumulateGradients(batch, derivative, dropout);
      sums.tokens += batch.ids.length;
      firstPair += part.length;
    }
    const { loss, tokens, ...figures } = sums;
    return { loss, tokens, figures };
  }

  private dpoPair(index: number, chosen: number, rejected: number): DpoPair {
    return {
      chosen,
      rejected,
      referenceChosen: this.reference.chosen[index]!,
      referenceRejected: this.reference.rejected[index]!,
      chosenTokens: this.pairs[index]!.chosenIds.length,
    };
  }
}

/** Every token of a sequence has the gradient of the sequence's sum. */
function tokenGradients(batch: RaggedBatch, bySequence: readonly number[]): Float32Array {
  const gradients = new Float32Array(batch.targets.length);
  bySequence.forEach((gradient, b) => gradients.fill(gradient, batch.targetOffsets[b], batch.targetOffsets[b + 1]));
  return gradients;
}
