/**
 * Exact match: the judge orders a whole group as people do.
 *
 * Every unordered pair of the group has the same order (better, worse, tied) for both: a tie of one side alone is a
 * mismatch. `human_ties_free` looks only at the pairs that people rank apart. Answers without a readable score are left
 * out; groups with fewer than two answers left do not count. Paper: arXiv 2401.10020, table 4.
 */
import { answerPairs, isUsable, type JudgeGroup, type ReadableGroup, readableAnswers } from "./judge-group.ts";

export type HumanTies = "must_be_tied" | "human_ties_free";

/** Whether one group without failures matches. */
export function matchesExactly(group: ReadableGroup, ties: HumanTies = "must_be_tied"): boolean {
  return answerPairs(group)
    .filter(({ human }) => ties === "must_be_tied" || human !== 0)
    .every(({ judge, human }) => judge === human);
}

/** Share of the usable groups that match; null without any. */
export function exactMatch(groups: readonly JudgeGroup[], ties: HumanTies = "must_be_tied"): number | null {
  const usable = groups.map(readableAnswers).filter(isUsable);
  if (usable.length === 0) return null;
  return usable.filter((group) => matchesExactly(group, ties)).length / usable.length;
}
