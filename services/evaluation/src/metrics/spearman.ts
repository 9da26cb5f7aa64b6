/**
 * Spearman's rank correlation of two variables.
 *
 *     rho = cov(R(x), R(y)) / (sd(R(x)) * sd(R(y)))
 *
 * R: average ranks (tied values share the mean of the ranks that they cover). Undefined (null) where a variable is
 * constant or has fewer than two values. Equal to scipy.stats.spearmanr.
 */

/** Average ranks from 1, ties sharing the mean of their ranks. */
export function averageRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

export function spearman(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`x has ${x.length} values and y ${y.length}; they must be paired`);
  const middle = (x.length + 1) / 2;
  const ranksX = averageRanks(x).map((rank) => rank - middle);
  const ranksY = averageRanks(y).map((rank) => rank - middle);
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const [varianceX, varianceY] = [dot(ranksX, ranksX), dot(ranksY, ranksY)];
  if (varianceX === 0 || varianceY === 0) return null;
  return dot(ranksX, ranksY) / Math.sqrt(varianceX * varianceY);
}
