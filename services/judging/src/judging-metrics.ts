import { MAX_SCORE } from "./score/score-result.ts";

/** Counts of judgements: whole numbers all, so that their sums over shards do not depend on how shards are cut. */
export interface JudgingCounts {
  readonly candidates: number;
  /** Different answers. */
  readonly judged: number;
  readonly samples: number;
  /** Different answers with a mean, by that mean as JSON writes it: thirds of a few scores take few values. */
  readonly byMean: Readonly<Record<string, number>>;
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
  const byMean: Record<string, number> = {};
  for (const { mean } of judged) if (mean !== null) byMean[mean] = (byMean[mean] ?? 0) + 1;
  const failures: Record<string, number> = {};
  for (const failure of judged.flatMap((answer) => answer.failures)) {
    if (failure === null) continue;
    const name = failure.toLowerCase();
    failures[name] = (failures[name] ?? 0) + 1;
  }
  return {
    candidates,
    judged: judged.length,
    samples: sum(judged.map((answer) => answer.failures.length)),
    byMean,
    failures,
  };
}

/**
 * Metrics of a job as the contract names them. Shares and means of nothing are absent. The mean of means is summed from
 * the smallest mean up: the same bytes for every size of shards.
 */
export function judgingMetrics(parts: readonly JudgingCounts[]): Record<string, number> {
  const total = (pick: (counts: JudgingCounts) => number) => sum(parts.map(pick));
  const samples = total((counts) => counts.samples);
  const failed = totals(parts.map(({ failures }) => failures)).sort(([a], [b]) => (a < b ? -1 : 1));
  const failures = sum(failed.map(([, count]) => count));
  const means = totals(parts.map(({ byMean }) => byMean))
    .map(([mean, count]) => ({ mean: Number(mean), count }))
    .sort((a, b) => a.mean - b.mean);
  const answers = (holds: (mean: number) => boolean) =>
    sum(means.filter(({ mean }) => holds(mean)).map(({ count }) => count));
  const scored = answers(() => true);
  return {
    candidates: total((counts) => counts.candidates),
    judged: total((counts) => counts.judged),
    samples,
    ...(samples > 0 && { parsed_share: (samples - failures) / samples }),
    ...(scored > 0 && {
      mean_score: sum(means.map(({ mean, count }) => mean * count)) / scored,
      saturated_share: answers((mean) => mean === MAX_SCORE) / scored,
    }),
    ...Object.fromEntries(
      Array.from({ length: MAX_SCORE + 1 }, (_, k) => [`score_${k}`, answers((mean) => Math.round(mean) === k)]),
    ),
    ...Object.fromEntries(failed.map(([reason, count]) => [`failed_${reason}`, count])),
  };
}

/** Counts of all parts added up, name by name. */
function totals(parts: readonly Readonly<Record<string, number>>[]): [string, number][] {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return names.map((name) => [name, sum(parts.map((part) => part[name] ?? 0))]);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
