import { uniformAt } from "@srlm/tensor-kernels";
import type { CounterRandom } from "../batch-order.ts";
import { NextTokenObjective } from "../objectives/next-token.ts";
import type { Objective } from "../objectives/objective.ts";
import {
  type PairExample,
  PreferenceObjective,
  pairsAtOnce,
  type ReferenceLogProbs,
  referenceLogProbs,
} from "../objectives/preference.ts";
import { sequenceLength } from "../ragged-batch.ts";
import type { Trainable } from "../trainable-model.ts";
import { TrainingError } from "../training-error.ts";
import { unpackPairs, unpackSequences } from "./packed-data.ts";
import type { ObjectiveParams } from "./protocol.ts";

/** Pairs that are compared with cached reference values. */
const checkedPairs = 16;

/** Cached and live values come from the same kernels and bytes; more than rounding means another model or other data. */
const referenceTolerance = 1e-4;

export interface BuiltObjective {
  readonly objective: Objective;
  readonly reference: ReferenceLogProbs | undefined;
}

/** Lengths in tokens of all sequences that will go through the model. */
export function sequenceLengths(params: ObjectiveParams): number[] {
  if (params.kind === "next-token") {
    return params.sources.flatMap(({ examples }) => unpackSequences(examples).map(sequenceLength));
  }
  return unpackPairs(params.pairs).flatMap(({ promptIds, chosenIds, rejectedIds }) => [
    promptIds.length + chosenIds.length,
    promptIds.length + rejectedIds.length,
  ]);
}

/** Tokens that go through the model at once, at most. */
export function tokensAtOnce(params: ObjectiveParams, microBatchSize: number): number {
  const longest = sequenceLengths(params).reduce((most, length) => Math.max(most, length), 0);
  if (params.kind === "preference") return longest * 2 * pairsAtOnce(params.batchSize, microBatchSize);
  const batch = Math.max(...params.sources.map(({ batchSize }) => batchSize));
  return longest * Math.min(batch, microBatchSize || batch);
}

/**
 * The objective over its data. `model` is the model that training starts from, which is the reference of DPO: its
 * log-probabilities are computed here, or taken from `cached` and checked against live ones on a sample of pairs.
 */
export function buildObjective(
  params: ObjectiveParams,
  model: Trainable,
  microBatchSize: number,
  seed: number,
  cached: ReferenceLogProbs | undefined,
): BuiltObjective {
  const random: CounterRandom = (stream, index) => uniformAt({ seed, prompt: stream, candidate: 0, position: index });
  if (params.kind === "next-token") {
    const sources = params.sources.map((source) => ({ ...source, examples: unpackSequences(source.examples) }));
    for (const { name, examples } of sources) requireExamples(examples.length, name);
    return { objective: new NextTokenObjective(sources, microBatchSize, random), reference: undefined };
  }
  const pairs = unpackPairs(params.pairs);
  requireExamples(pairs.length, "pairs");
  const atOnce = pairsAtOnce(params.batchSize, microBatchSize);
  const reference = cached ?? referenceLogProbs(model, pairs, atOnce);
  if (cached !== undefined) checkReference(model, pairs, cached, atOnce);
  const { beta, nllWeight, batchSize } = params;
  const options = { beta, nllWeight, batchSize, microBatchSize };
  return { objective: new PreferenceObjective(pairs, reference, options, random), reference };
}

function requireExamples(count: number, source: string): void {
  if (count === 0)
    throw new TrainingError("NO_EXAMPLES", `the dataset "${source}" is empty: there is nothing to train on`);
}

/** REFERENCE_MISMATCH where cached values are not those of this model on these pairs. */
export function checkReference(
  model: Trainable,
  pairs: readonly PairExample[],
  cached: ReferenceLogProbs,
  atOnce: number,
): void {
  if (cached.chosen.length !== pairs.length) {
    const what = `cached reference log-probabilities are of ${cached.chosen.length} pairs, the data has ${pairs.length}`;
    throw new TrainingError("REFERENCE_MISMATCH", what);
  }
  const stride = Math.max(1, Math.floor(pairs.length / checkedPairs));
  const sample = pairs.map((_, i) => i).filter((i) => i % stride === 0);
  const live = referenceLogProbs(
    model,
    sample.map((i) => pairs[i]!),
    atOnce,
  );
  sample.forEach((index, i) => {
    for (const side of ["chosen", "rejected"] as const) {
      const [was, is] = [cached[side][index]!, live[side][i]!];
      if (Math.abs(was - is) > referenceTolerance * Math.max(1, Math.abs(is))) {
        const what = `the ${side} answer of pair ${index} has cached reference log-probability ${was}, the model gives ${is}`;
        throw new TrainingError("REFERENCE_MISMATCH", what);
      }
    }
  });
}
