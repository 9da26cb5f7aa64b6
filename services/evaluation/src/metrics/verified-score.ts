/**
 * Scores that an outside verifier gives: mean, share of perfect answers, share that meets each criterion.
 *
 * A verdict of null (the verifier does not know the instruction) is left out of all means and counted as unverified.
 */

/** A verifier's verdict: points and the criteria that they come from. */
export interface CriteriaVerdict {
  readonly score: number;
  readonly criteria: Readonly<Record<string, boolean>>;
}

export interface VerifiedScore {
  readonly verified: number;
  readonly unverified: number;
  /** Mean score; null where nothing was verified. */
  readonly mean: number | null;
  /** Share of answers that meet all criteria; null where nothing was verified. */
  readonly perfectShare: number | null;
  /** Share of answers that meet each criterion, by name; empty where nothing was verified. */
  readonly criteria: Readonly<Record<string, number>>;
}

export function verifiedScore(verdicts: readonly (CriteriaVerdict | null)[]): VerifiedScore {
  const known = verdicts.filter((verdict) => verdict !== null);
  const n = known.length;
  const unverified = verdicts.length - n;
  const [first] = known;
  if (first === undefined) return { verified: 0, unverified, mean: null, perfectShare: null, criteria: {} };
  const share = (meets: (verdict: CriteriaVerdict) => boolean) => known.filter(meets).length / n;
  return {
    verified: n,
    unverified,
    mean: known.reduce((sum, { score }) => sum + score, 0) / n,
    perfectShare: share(({ criteria }) => Object.values(criteria).every(Boolean)),
    criteria: Object.fromEntries(
      Object.keys(first.criteria).map((name) => [name, share(({ criteria }) => criteria[name] === true)]),
    ),
  };
}
