/**
 * Two models on the same prompts of one split, run by run of equal seed: the paired difference of their scores, and who
 * wins how often. A prompt that one of them has no score for is left out of the counts; of the difference where that
 * is so in any run.
 */
import type { Interval } from "../metrics/bootstrap.ts";
import { headToHead } from "../metrics/head-to-head.ts";
import type { EvaluatedAnswerRecord } from "../records.ts";
import { type BootstrapSettings, meanIntervals } from "./intervals.ts";
import { NotPairedError } from "./not-paired-error.ts";
import { inOrderOf, type PooledSplit, scorerOf } from "./pooled-split.ts";

export interface PairedSummary {
  readonly modelA: string;
  readonly modelB: string;
  readonly split: string;
  /** Of score(a) - score(b). */
  readonly difference?: Interval;
  readonly differenceClustered?: Interval;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

type Run = readonly EvaluatedAnswerRecord[];

/** The runs of `b` with the seeds, and the prompts in the order, of `a`. */
function pairedRuns(a: PooledSplit, b: PooledSplit, field: string): Run[] {
  const seeds = (split: PooledSplit) => [...split.seeds].sort().join(", ");
  if (seeds(a) !== seeds(b)) {
    throw new NotPairedError(
      field,
      `must compare models of the same seeds: ${a.model} has ${JSON.stringify(seeds(a))}, ${b.model} ${JSON.stringify(seeds(b))}`,
    );
  }
  return a.seeds.map((seed, i) => {
    const run = b.runs[b.seeds.indexOf(seed)] as Run;
    return inOrderOf(a.runs[i] as Run, run, { field, other: a.model, one: b.model });
  });
}

/** Scores by different verifiers or judges do not compare. */
function assertSameScorer(a: Run, b: Run, names: readonly [string, string], field: string): void {
  for (const [i, answer] of a.entries()) {
    const [scorerA, scorerB] = [scorerOf(answer), scorerOf(b[i] as EvaluatedAnswerRecord)];
    if (scorerA === scorerB) continue;
    throw new NotPairedError(
      field,
      `must compare scores of one origin: ${names[0]} was scored by ${scorerA}, ${names[1]} by ${scorerB}`,
    );
  }
}

/** NotPairedError, naming `field`, where seeds, prompts or the origin of the scores differ. */
export function summarizePair(
  a: PooledSplit,
  b: PooledSplit,
  field: string,
  settings: BootstrapSettings,
): PairedSummary {
  const runsB = pairedRuns(a, b, field);
  const scores = a.runs.map((run, i) => {
    const other = runsB[i] as Run;
    assertSameScorer(run, other, [a.model, b.model], field);
    return { a: run.map(({ score }) => score), b: other.map(({ score }) => score) };
  });
  const differences = scores.map((run) =>
    run.a.map((score, i) => {
      const other = run.b[i] as number | null;
      return score === null || other === null ? null : score - other;
    }),
  );
  const counts = scores.map((run) => headToHead(run.a, run.b));
  const total = (outcome: "wins" | "ties" | "losses") => counts.reduce((sum, run) => sum + run[outcome], 0);
  const { overPrompts, overClusters } = meanIntervals(a, differences, settings);
  return {
    modelA: a.model,
    modelB: b.model,
    split: a.split,
    ...(overPrompts && { difference: overPrompts }),
    ...(overClusters && { differenceClustered: overClusters }),
    wins: total("wins"),
    ties: total("ties"),
    losses: total("losses"),
  };
}
