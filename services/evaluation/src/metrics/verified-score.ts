/**
 * Scores that an outside verifier gives: mean, share of perfect answers, share that meets each criterion.
 *
 * Where a judge stands in for a verifier there are no criteria, and a perfect answer is one with the highest score.
 *
 * A verdict of null (the verifier does not know the instruction) is left out of all means and counted as unverified.
 */

/** A verifier's verdict: points and the criteria that they come from. */
export interface CriteriaVerdict {
  readonly score: number;
  readonly criteria: Readonly<Record<string, boolean>>;
}

/** A verdict, or a judge's mean score. */
export interface ScoredAnswer {
  readonly score: number;
  /** Null where the score comes from a judge. */
  readonly criteria: CriteriaVerdict["criteria"] | null;
}

/** Of the rubric and of the verifiers. */
const HIGHEST_SCORE = 5;

function isPerfect({ score, criteria }: ScoredAnswer): boolean {
  return criteria === null ? score === HIGHEST_SCORE : Object.values(criteria).every(Boolean);
}

export interface VerifiedScore {
  readonly verified: number;
  readonly unverified: number;
  /** Mean score; null where nothing was verified. */
  readonly mean: number | null;
  /** Share of perfect answers: all criteria met, or the judge's highest score; null where nothing was verified. */
  readonly perfectShare: number | null;
  /** Share of answers that meet each criterion, by name; empty where nothing was verified. */
  readonly criteria: Readonly<Record<string, number>>;
}

export function verifiedScore(verdicts: readonly (ScoredAnswer | null)[]): VerifiedScore {
  const known = verdicts.filter((verdict) => verdict !== null);
  const n = known.length;
  const unverified = verdicts.length - n;
  const [first] = known;
  if (first === undefined) return { verified: 0, unverified, mean: null, perfectShare: null, criteria: {} };
  const share = (meets: (verdict: ScoredAnswer) => boolean) => known.filter(meets).length / n;
  return {
    verified: n,
    unverified,
    mean: known.reduce((sum, { score }) => sum + score, 0) / n,
    perfectShare: share(isPerfect),
    criteria: Object.fromEntries(
      Object.keys(first.criteria ?? {}).map((name) => [name, share(({ criteria }) => criteria?.[name] === true)]),
    ),
  };
}
