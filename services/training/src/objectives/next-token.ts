/**
 * Next-token loss over one or several sources: pre-training (one source, whole documents) and supervised fine-tuning
 * (IFT and EFT together).
 *
 *   loss of a step = sum over sources s of weight_s * (weighted mean of -log p over the batch that s contributes)
 */
import { BatchOrder, type CounterRandom } from "../batch-order.ts";
import { weightedNll } from "../losses/weighted-nll.ts";
import { raggedBatch, sequenceLength, type TrainingSequence, targetWeight } from "../ragged-batch.ts";
import type { TrainableModel } from "../trainable-model.ts";
import { split, withRowKeys } from "./micro-batches.ts";
import type { DropoutSource, Objective, StepResult } from "./objective.ts";

export interface NextTokenSource {
  /** For figures and messages, such as `ift`. */
  readonly name: string;
  readonly examples: readonly TrainingSequence[];
  readonly batchSize: number;
  readonly promptLossWeight: number;
  readonly weight: number;
}

/** A batch had no token to learn from: its mean does not exist. */
export class NoTargetTokensError extends Error {
  readonly source: string;
  readonly step: number;
  constructor(source: string, step: number) {
    super(`step ${step} of source "${source}" has no target tokens: its completions are empty`);
    this.source = source;
    this.step = step;
  }
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

  run(model: TrainableModel, step: number, dropout: DropoutSource): StepResult {
    let loss = 0;
    let tokens = 0;
    let firstSequence = 0;
    const figures: Record<string, number> = {};
    for (const { source, order } of this.sources) {
      const examples = Array.from(order.batch(step), (index) => source.examples[index]!);
      const totalWeight = examples.reduce((sum, example) => sum + targetWeight(example, source.promptLossWeight), 0);
      if (totalWeight === 0) throw new NoTargetTokensError(source.name, step);
      let sourceLoss = 0;
      for (const part of split(examples, this.microBatchSize)) {
        const batch = raggedBatch(part, source.promptLossWeight);
        model.accumulate(batch, withRowKeys(dropout, batch, firstSequence), (logprobs) => {
          const { loss: share, gradients } = weightedNll(logprobs, batch.weights, totalWeight / source.weight);
          sourceLoss += share;
          return gradients;
        });
        tokens += batch.ids.length;
        firstSequence += part.length;
      }
      loss += sourceLoss;
      if (this.sources.length > 1) figures[`loss_${source.name}`] = sourceLoss / source.weight;
    }
    return { loss, tokens, figures };
  }
}
