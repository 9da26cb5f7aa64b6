/**
 * Kendall's tau-b: agreement of two orderings, with both kinds of ties taken out of the normalisation.
 *
 *     tau_b = (C - D) / sqrt((n0 - n1) * (n0 - n2)),     n0 = n (n - 1) / 2
 *
 * C, D: concordant and discordant pairs; n1, n2: pairs tied in x, in y. Undefined (null) where a variable is constant
 * or has fewer than two values. Equal to scipy.stats.kendalltau, variant b.
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`x has ${x.length} values and y ${y.length}; they must be paired`);
  let concordantLessDiscordant = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const signX = Math.sign((x[i] as number) - (x[j] as number));
      const signY = Math.sign((y[i] as number) - (y[j] as number));
      concordantLessDiscordant += signX * signY;
      untiedX += Math.abs(signX);
      untiedY += Math.abs(signY);
    }
  }
  if (untiedX === 0 || untiedY === 0) return null;
  return concordantLessDiscordant / Math.sqrt(untiedX * untiedY);
}
