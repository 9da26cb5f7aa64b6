/**
 * Pairwise accuracy: how often the judge orders two answers as people do.
 *
 *     accuracy = correct / pairs
 *
 * pairs: over all groups, unordered pairs of answers whose human ranks differ; correct: of these, the better-ranked
 * answer has the strictly higher score. A judge's tie is wrong; `tiesHalf` counts it one half instead. Answers without
 * a readable score form no pair. Paper: arXiv 2401.10020, table 4.
 */
import { answerPairs, type JudgeGroup, readableAnswers } from "./judge-group.ts";

export interface PairwiseAccuracy {
  readonly pairs: number;
  readonly correct: number;
  readonly judgeTied: number;
  /** correct / pairs; null without pairs. */
  readonly accuracy: number | null;
  /** (correct + judgeTied / 2) / pairs; null without pairs. */
  readonly tiesHalf: number | null;
  /** Mean of the accuracies of the groups that have pairs; null without any. */
  readonly meanOverGroups: number | null;
}

function countGroup(group: JudgeGroup): { pairs: number; correct: number; judgeTied: number } {
  const ranked = answerPairs(readableAnswers(group)).filter(({ human }) => human !== 0);
  return {
    pairs: ranked.length,
    correct: ranked.filter(({ judge, human }) => judge === human).length,
    judgeTied: ranked.filter(({ judge }) => judge === 0).length,
  };
}

export function pairwiseAccuracy(groups: readonly JudgeGroup[]): PairwiseAccuracy {
  const counted = groups.map(countGroup).filter(({ pairs }) => pairs > 0);
  const total = (field: "pairs" | "correct" | "judgeTied") => counted.reduce((sum, group) => sum + group[field], 0);
  const [pairs, correct, judgeTied] = [total("pairs"), total("correct"), total("judgeTied")];
  if (pairs === 0) return { pairs, correct, judgeTied, accuracy: null, tiesHalf: null, meanOverGroups: null };
  return {
    pairs,
    correct,
    judgeTied,
    accuracy: correct / pairs,
    tiesHalf: (correct + judgeTied / 2) / pairs,
    meanOverGroups: counted.reduce((sum, group) => sum + group.correct / group.pairs, 0) / counted.length,
  };
}
