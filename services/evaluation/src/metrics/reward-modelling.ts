/**
 * How well a judge agrees with people: the five figures of the paper's table 4 (arXiv 2401.10020) with their counts.
 *
 * Each metric's file defines it. Correlations are means over the usable groups of the correlation of scores with
 * negated ranks; an undefined one (constant scores or ranks) counts as 0 in the mean, so that a judge that gives
 * everything the same score gains nothing by it, and is counted.
 */
import { exactMatch } from "./exact-match.ts";
import { fiveBest } from "./five-best.ts";
import { isUsable, type JudgeGroup, type ReadableGroup, readableAnswers } from "./judge-group.ts";
import { kendallTau } from "./kendall-tau.ts";
import { pairwiseAccuracy } from "./pairwise-accuracy.ts";
import { spearman } from "./spearman.ts";

export interface MeanCorrelation {
  /** Mean over groups with undefined ones as 0; null without groups. */
  readonly undefinedAsZero: number | null;
  /** Mean over the groups where it is defined; null without any. */
  readonly omittingUndefined: number | null;
  readonly undefinedGroups: number;
}

export interface RewardModelling {
  readonly groups: number;
  readonly usableGroups: number;
  /** Answers whose score could not be read. */
  readonly failedAnswers: number;
  readonly pairs: number;
  readonly pairsJudgeTied: number;
  readonly pairwiseAccuracy: number | null;
  readonly exactMatch: number | null;
  readonly fives: number;
  readonly fiveBest: number | null;
  readonly spearman: number | null;
  readonly kendallTau: number | null;
}

type Correlation = (x: readonly number[], y: readonly number[]) => number | null;

/** Mean correlation of scores with negated ranks over groups. */
export function meanCorrelation(groups: readonly ReadableGroup[], correlation: Correlation): MeanCorrelation {
  const values = groups.map(({ scores, ranks }) =>
    correlation(
      scores,
      ranks.map((rank) => -rank),
    ),
  );
  const defined = values.filter((value) => value !== null);
  const sum = defined.reduce((total, value) => total + value, 0);
  return {
    undefinedAsZero: groups.length === 0 ? null : sum / groups.length,
    omittingUndefined: defined.length === 0 ? null : sum / defined.length,
    undefinedGroups: values.length - defined.length,
  };
}

export function rewardModelling(groups: readonly JudgeGroup[]): RewardModelling {
  const usable = groups.map(readableAnswers).filter(isUsable);
  const pairwise = pairwiseAccuracy(groups);
  const five = fiveBest(groups);
  return {
    groups: groups.length,
    usableGroups: usable.length,
    failedAnswers: groups.reduce((sum, { scores }) => sum + scores.filter((score) => score === null).length, 0),
    pairs: pairwise.pairs,
    pairsJudgeTied: pairwise.judgeTied,
    pairwiseAccuracy: pairwise.accuracy,
    exactMatch: exactMatch(groups),
    fives: five.fives,
    fiveBest: five.share,
    spearman: meanCorrelation(usable, spearman).undefinedAsZero,
    kendallTau: meanCorrelation(usable, kendallTau).undefinedAsZero,
  };
}
