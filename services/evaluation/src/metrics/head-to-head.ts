/**
 * Head to head: which of two models answers a prompt better, prompt by prompt.
 *
 * Win: the first model's score is strictly higher on the same prompt; tie: equal; loss: lower. A prompt that either
 * side has no score for (null) is left out and counted as skipped. Intervals are Wilson's over the prompts left; the
 * second win rate counts a tie one half.
 */
import { type Proportion, wilsonInterval } from "./wilson-interval.ts";

export interface HeadToHead {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  readonly skipped: number;
  /** Shares of the prompts compared; null where there is none. */
  readonly winRate: Proportion | null;
  readonly winRateTiesHalf: Proportion | null;
}

/** Win rates of given counts. */
export function winRates(wins: number, ties: number, losses: number): Pick<HeadToHead, "winRate" | "winRateTiesHalf"> {
  const n = wins + ties + losses;
  if (n === 0) return { winRate: null, winRateTiesHalf: null };
  return { winRate: wilsonInterval(wins, n), winRateTiesHalf: wilsonInterval(wins + ties / 2, n) };
}

/** Compares scores of the same prompts, in the same order. */
export function headToHead(first: readonly (number | null)[], second: readonly (number | null)[]): HeadToHead {
  if (first.length !== second.length) {
    throw new RangeError(
      `the first model has ${first.length} scores and the second ${second.length}; prompts must be the same`,
    );
  }
  let [wins, ties, losses, skipped] = [0, 0, 0, 0];
  for (const [i, a] of first.entries()) {
    const b = second[i] as number | null;
    if (a === null || b === null) skipped++;
    else if (a > b) wins++;
    else if (a < b) losses++;
    else ties++;
  }
  return { wins, ties, losses, skipped, ...winRates(wins, ties, losses) };
}
