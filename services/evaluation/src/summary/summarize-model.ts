/**
 * What one model's answers to one split come to. Figures are means over all answers of all runs; answers without a
 * score count in none that is made of scores. Texts are distinct within a run: two runs may well agree.
 */
import { answerStatistics } from "../metrics/answer-statistics.ts";
import type { Interval } from "../metrics/bootstrap.ts";
import { scoreHistogram } from "../metrics/score-histogram.ts";
import { verifiedScore } from "../metrics/verified-score.ts";
import { measuredAnswer, scoredAnswer } from "../split-metrics.ts";
import { type BootstrapSettings, meanIntervals } from "./intervals.ts";
import type { PooledSplit } from "./pooled-split.ts";

export interface SplitSummary {
  readonly model: string;
  readonly split: string;
  /** Of all runs. */
  readonly answers: number;
  readonly score?: Interval;
  readonly scoreClustered?: Interval;
  /** Absent where no answer has a score. */
  readonly perfectShare?: number;
  readonly criteria: Readonly<Record<string, number>>;
  /** This and the means below are 0 without answers. */
  readonly stoppedShare: number;
  readonly meanWords: number;
  readonly meanTokens: number;
  readonly distinctShare: number;
  /** Answers with a rounded score of 0, 1, ... 5. */
  readonly histogram: readonly number[];
}

export function summarizeModel(pooled: PooledSplit, settings: BootstrapSettings): SplitSummary {
  const { model, split, runs } = pooled;
  const all = runs.flat();
  const scores = verifiedScore(all.map(scoredAnswer));
  const statistics = answerStatistics(all.map(measuredAnswer));
  const distinct = runs.reduce((sum, run) => sum + answerStatistics(run.map(measuredAnswer)).distinct, 0);
  const values = runs.map((run) => run.map(({ score }) => score));
  const { overPrompts, overClusters } = meanIntervals(pooled, values, settings);
  return {
    model,
    split,
    answers: all.length,
    ...(overPrompts && { score: overPrompts }),
    ...(overClusters && { scoreClustered: overClusters }),
    ...(scores.perfectShare !== null && { perfectShare: scores.perfectShare }),
    criteria: scores.criteria,
    stoppedShare: statistics.endedShare ?? 0,
    meanWords: statistics.meanWords ?? 0,
    meanTokens: statistics.meanTokens ?? 0,
    distinctShare: all.length === 0 ? 0 : distinct / all.length,
    histogram: scoreHistogram(values.flat()).counts,
  };
}
