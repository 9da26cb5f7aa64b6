/**
 * 5-best: of the answers to which the judge gives a perfect 5, the share that people rank highest.
 *
 * Over all groups, answers with a score of exactly 5 (the mean of the judge's samples, so that every one says 5); such
 * an answer is best where its rank is the best among the answers of its group whose scores could be read, a shared best
 * rank included. Groups of one readable answer count. Paper: arXiv 2401.10020, table 4.
 */
import { type JudgeGroup, readableAnswers } from "./judge-group.ts";

const PERFECT = 5;

export interface FiveBest {
  /** Answers with a score of exactly 5. */
  readonly fives: number;
  /** Of these, the answers of best rank. */
  readonly best: number;
  /** best / fives; null without fives. */
  readonly share: number | null;
}

export function fiveBest(groups: readonly JudgeGroup[]): FiveBest {
  let fives = 0;
  let best = 0;
  for (const { scores, ranks } of groups.map(readableAnswers)) {
    const bestRank = Math.min(...ranks);
    const perfect = ranks.filter((_, i) => scores[i] === PERFECT);
    fives += perfect.length;
    best += perfect.filter((rank) => rank === bestRank).length;
  }
  return { fives, best, share: fives === 0 ? null : best / fives };
}
