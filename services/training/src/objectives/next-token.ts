/**
 * Next-token loss over one or several sources: pre-training (one source, whole documents) and supervised fine-tuning
 * (IFT and EFT together).
 *
 *   loss of a step = sum over sources s of weight_s * (weighted mean of -log p over the batch that s contributes)
 */
import { BatchOrder, type CounterRandom } from "../batch-order.ts";
import { weightedNll } from "../losses/weighted-nll.ts";
import { raggedBatch, sequenceLength, type TrainingSequence, targetWeight } from "../ragged-batch.ts";
import type { Dropout, Trainable } from "../trainable-model.ts";
import { TrainingError } from "../training-error.ts";
import { type Objective, type StepResult, split } from "./objective.ts";

export interface NextTokenSource {
  /** For figures and messages, such as `ift`. */
  readonly name: string;
  readonly examples: readonly TrainingSequence[];
  readonly batchSize: number;
  readonly promptLossWeight: number;
  readonly weight: number;
}

export class NextTokenObjective implements Objective {
  readonly stepsPerEpoch: number;
  private readonly sources: readonly { source: NextTokenSource; order: BatchOrder }[];
  private readonly microBatchSize: number;

  constructor(sources: readonly NextTokenSource[], microBatchSize: number, random: CounterRandom) {
    this.sources = sources.map((source, index) => ({
      source,
      order: new BatchOrder(source.examples.map(sequenceLength), source.batchSize, (stream, i) =>
        // Sources draw from streams of their own.
        random(stream * sources.length + index, i),
      ),
    }));
    this.stepsPerEpoch = Math.max(...this.sources.map(({ order }) => order.batchesPerEpoch));
    this.microBatchSize = microBatchSize;
  }

  run(model: Trainable, step: number, dropout: Dropout | undefined): StepResult {
    let loss = 0;
    let tokens = 0;
    let firstSequence = 0;
    const figures: Record<string, number> = {};
    for (const { source, order } of this.sources) {
      const examples = Array.from(order.batch(step), (index) => source.examples[index]!);
      const totalWeight = examples.reduce((sum, example) => sum + targetWeight(example, source.promptLossWeight), 0);
      if (totalWeight === 0) throw noTargetTokens(source.name, step);
      let sourceLoss = 0;
      for (const part of split(examples, this.microBatchSize)) {
        const batch = raggedBatch(part, source.promptLossWeight, firstSequence);
        const derivative = (logprobs: Float32Array) => {
          const { loss: share, gradients } = weightedNll(logprobs, batch.weights, totalWeight / source.weight);
          sourceLoss += share;
          return gradients;
        };
        model.accumulateGradients(batch, derivative, dropout);
        tokens += batch.ids.length;
        firstSequence += part.length;
      }
      loss += sourceLoss;
      if (this.sources.length > 1) figures[`loss_${source.name}`] = sourceLoss / source.weight;
    }
    return { loss, tokens, figures };
  }
}

/** The mean of no token does not exist. */
function noTargetTokens(source: string, step: number): TrainingError {
  const what = `step ${step} of source "${source}" has no target tokens: its completions are empty`;
  return new TrainingError("NO_TARGET_TOKENS", what);
}
