/**
 * Histogram of scores 0..5: how many answers are nearest to each whole score.
 *
 * A mean of several judge samples may lie between: halves are rounded up. A score that could not be read is counted as
 * failed, in no bin.
 */

const HIGHEST = 5;

export interface ScoreHistogram {
  /** counts[k]: scores nearest to k, k = 0..5. */
  readonly counts: readonly number[];
  readonly failed: number;
}

/** @throws RangeError where a score lies outside 0..5. */
export function scoreHistogram(scores: readonly (number | null)[]): ScoreHistogram {
  const counts = Array.from({ length: HIGHEST + 1 }, () => 0);
  let failed = 0;
  for (const score of scores) {
    if (score === null) {
      failed++;
      continue;
    }
    if (!(score >= 0 && score <= HIGHEST)) throw new RangeError(`score is ${score}; it must lie in 0..${HIGHEST}`);
    const bin = Math.round(score);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { counts, failed };
}
