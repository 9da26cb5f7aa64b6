/** Figures of one split, from its records: the metrics of an evaluation job. */
import { answerStatistics, type MeasuredAnswer } from "./metrics/answer-statistics.ts";
import { rewardModelling } from "./metrics/reward-modelling.ts";
import { type ScoredAnswer, verifiedScore } from "./metrics/verified-score.ts";
import type { EvaluatedAnswerRecord, EvaluatedGroupRecord } from "./records.ts";

export function measuredAnswer({ answer, tokens, finish_reason }: EvaluatedAnswerRecord): MeasuredAnswer {
  return { text: answer, tokens, ended: finish_reason === "stop" };
}

/** Null where the answer has no score. */
export function scoredAnswer({ score, criteria }: EvaluatedAnswerRecord): ScoredAnswer | null {
  return score === null ? null : { score, criteria };
}

/** Names with `/<split>` after them; a figure that is undefined, such as the mean of no scores, is left out. */
function named(figures: Readonly<Record<string, number | null>>, split: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).flatMap(([name, value]) => (value === null ? [] : [[`${name}/${split}`, value]])),
  );
}

/** @param prompts number of prompts in the split, those that did not fit the context included. */
export function answerMetrics(
  split: string,
  records: readonly EvaluatedAnswerRecord[],
  prompts: number,
): Record<string, number> {
  const statistics = answerStatistics(records.map(measuredAnswer));
  const scores = verifiedScore(records.map(scoredAnswer));
  const criteria = Object.entries(scores.criteria).map(([name, share]) => [`criterion_${name}`, share] as const);
  const figures = {
    answered: records.length,
    skipped_too_long: prompts - records.length,
    scored: scores.verified,
    mean_score: scores.mean,
    perfect_share: scores.perfectShare,
    ...Object.fromEntries(criteria),
    stopped_share: statistics.endedShare,
    mean_tokens: statistics.meanTokens,
    mean_words: statistics.meanWords,
    distinct_share: statistics.distinctShare,
  };
  return named(figures, split);
}

/** Share of all samples, of answers judged once and of equal ones alike, from which a score was read. */
function parsedShare(groups: readonly EvaluatedGroupRecord[]): number | null {
  const samples = groups.flatMap(({ answers }) => answers.flatMap((answer) => answer.samples));
  return samples.length === 0 ? null : samples.filter(({ score }) => score !== null).length / samples.length;
}

/** `judge_groups` counts the groups with at least two readable scores, over which the other figures are taken. */
export function judgeMetrics(split: string, records: readonly EvaluatedGroupRecord[]): Record<string, number> {
  const metrics = rewardModelling(
    records.map(({ answers }) => ({
      scores: answers.map(({ score }) => score),
      ranks: answers.map(({ rank }) => rank),
    })),
  );
  const figures = {
    judge_pairwise_accuracy: metrics.pairwiseAccuracy,
    judge_best_5: metrics.fiveBest,
    judge_exact_match: metrics.exactMatch,
    judge_spearman: metrics.spearman,
    judge_kendall_tau: metrics.kendallTau,
    judge_parsed_share: parsedShare(records),
    judge_groups: metrics.usableGroups,
  };
  return named(figures, split);
}
