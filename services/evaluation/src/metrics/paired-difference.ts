/**
 * Paired difference of two models on the same prompts, with its bootstrap interval.
 *
 *     d[s][i] = first[s][i] - second[s][i];     the interval is that of the mean of d
 *
 * s: training run, i: prompt. Pairing takes out what makes a prompt easy or hard for both models, and pooling over runs
 * pairs within a run. The first is better at the interval's level where `low` is above 0.
 */
import { type BootstrapOptions, bootstrapPooledMean, type Interval } from "./bootstrap.ts";

function subtract(first: readonly number[], second: readonly number[]): number[] {
  if (first.length !== second.length) {
    throw new RangeError(
      `the first model has ${first.length} scores and the second ${second.length}; prompts must be the same`,
    );
  }
  return first.map((score, i) => score - (second[i] as number));
}

/** Interval of the mean of first - second over the prompts of one run. */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  options: BootstrapOptions,
): Interval {
  return bootstrapPooledMean([subtract(first, second)], options);
}

/** The same pooled over runs: seeds are resampled, then prompts. */
export function pooledPairedDifference(
  firstBySeed: readonly (readonly number[])[],
  secondBySeed: readonly (readonly number[])[],
  options: BootstrapOptions,
): Interval {
  if (firstBySeed.length !== secondBySeed.length) {
    throw new RangeError(
      `the first model has ${firstBySeed.length} runs and the second ${secondBySeed.length}; they must be paired`,
    );
  }
  const differences = firstBySeed.map((first, run) => subtract(first, secondBySeed[run] as readonly number[]));
  return bootstrapPooledMean(differences, options);
}
