import type { ScoreFailure, ScoreResult } from "./score/score-result.ts";

/**
 * One answer's score from k judgement samples:
 *
 *     mean     = sum(s_i) / n
 *     variance = sum((s_i - mean)^2) / n
 *
 * s_1..s_n: the scores that could be read, n <= k. The variance is that of the samples at hand (divisor n, 0 for one);
 * it describes how much the judge disagrees with itself. A failed sample enters neither, and is counted by its reason.
 */
export interface AggregatedJudgement {
  /** Within 0..5; null where no sample could be read. */
  readonly mean: number | null;
  readonly variance: number | null;
  /** k: the samples taken. */
  readonly samples: number;
  /** n: the samples read. */
  readonly parsed: number;
  /** Failed samples by reason; reasons that did not occur are absent. The values add up to k - n. */
  readonly failures: Readonly<Partial<Record<JudgementFailure, number>>>;
}

/**
 * Why a sample has no score: its text could not be read, or the judge was not asked:
 *
 * - `prompt_too_long`: the judge prompt exceeds the context
 * - `special_token_in_text`: prompt or answer spells a special token, which could end or open a turn of the judge prompt
 */
export type JudgementFailure = ScoreFailure | NotAsked;
export type NotAsked = "prompt_too_long" | "special_token_in_text";

export type JudgementSample = ScoreResult | { readonly score: null; readonly failure: NotAsked };

export function aggregateSamples(samples: readonly JudgementSample[]): AggregatedJudgement {
  const scores = samples.flatMap((sample) => (sample.score === null ? [] : [sample.score]));
  const mean = scores.length === 0 ? null : sum(scores) / scores.length;
  const variance = mean === null ? null : sum(scores.map((score) => (score - mean) ** 2)) / scores.length;
  return { mean, variance, samples: samples.length, parsed: scores.length, failures: countFailures(samples) };
}

/** Failed samples by reason, in the order of first occurrence. */
export function countFailures(samples: readonly JudgementSample[]): Partial<Record<JudgementFailure, number>> {
  const counts: Partial<Record<JudgementFailure, number>> = {};
  for (const { failure } of samples) {
    if (failure !== null) counts[failure] = (counts[failure] ?? 0) + 1;
  }
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
