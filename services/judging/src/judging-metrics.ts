import { MAX_SCORE } from "./score/score-result.ts";

/** Counts of judgements, which add up over shards. */
export interface JudgingCounts {
  readonly candidates: number;
  /** Different answers. */
  readonly judged: number;
  /** Different answers with a mean, and the sum of those means. */
  readonly scored: number;
  readonly meanSum: number;
  /** Means equal to the highest score. */
  readonly saturated: number;
  readonly samples: number;
  /** Different answers by rounded mean, at 0..5. */
  readonly byScore: readonly number[];
  /** Samples without a score, by reason in lower case. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface JudgedSamples {
  readonly mean: number | null;
  /** Of each sample; null where it has a score. */
  readonly failures: readonly (string | null)[];
}

/** Counts over the different answers of a shard. */
export function countJudgements(candidates: number, judged: readonly JudgedSamples[]): JudgingCounts {
  const means = judged.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const byScore = Array.from(
    { length: MAX_SCORE + 1 },
    (_, k) => means.filter((mean) => Math.round(mean) === k).length,
  );
  const failures: Record<string, number> = {};
  for (const failure of judged.flatMap((answer) => answer.failures)) {
    if (failure === null) continue;
    const name = failure.toLowerCase();
    failures[name] = (failures[name] ?? 0) + 1;
  }
  return {
    candidates,
    judged: judged.length,
    scored: means.length,
    meanSum: sum(means),
    saturated: means.filter((mean) => mean === MAX_SCORE).length,
    samples: sum(judged.map((answer) => answer.failures.length)),
    byScore,
    failures,
  };
}

/** Metrics of a job as the contract names them. Shares and means of nothing are absent. */
export function judgingMetrics(parts: readonly JudgingCounts[]): Record<string, number> {
  const total = (pick: (counts: JudgingCounts) => number) => sum(parts.map(pick));
  const [scored, samples] = [total((counts) => counts.scored), total((counts) => counts.samples)];
  const reasons = [...new Set(parts.flatMap(({ failures }) => Object.keys(failures)))].sort();
  const failed = reasons.map((reason) => [reason, total(({ failures }) => failures[reason] ?? 0)] as const);
  const failures = sum(failed.map(([, count]) => count));
  return {
    candidates: total((counts) => counts.candidates),
    judged: total((counts) => counts.judged),
    samples,
    ...(samples > 0 && { parsed_share: (samples - failures) / samples }),
    ...(scored > 0 && {
      mean_score: total((counts) => counts.meanSum) / scored,
      saturated_share: total((counts) => counts.saturated) / scored,
    }),
    ...Object.fromEntries(
      Array.from({ length: MAX_SCORE + 1 }, (_, k) => [`score_${k}`, total(({ byScore }) => byScore[k] ?? 0)]),
    ),
    ...Object.fromEntries(failed.map(([reason, count]) => [`failed_${reason}`, count])),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
