/**
 * Wilson's score interval of a proportion (E. B. Wilson, 1927), 95 %, without continuity correction.
 *
 *     (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * p = successes / n; z: the normal quantile. Unlike p -+ z sqrt(p(1-p)/n) it stays inside 0..1 and keeps its coverage
 * at p near 0 or 1. Successes may be halves (a tie counted one half).
 */

/** The 97.5 % quantile of the normal distribution. */
const Z_95 = 1.959963984540054;

export interface Proportion {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** @throws RangeError where n is not positive or successes lie outside 0..n. */
export function wilsonInterval(successes: number, n: number): Proportion {
  if (!(n > 0)) throw new RangeError(`n is ${n}; an interval of a proportion needs at least one trial`);
  if (!(successes >= 0 && successes <= n)) throw new RangeError(`successes is ${successes}; it must lie in 0..${n}`);
  const p = successes / n;
  const z2 = Z_95 * Z_95;
  const centre = p + z2 / (2 * n);
  const halfWidth = Z_95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  // Rounding may leave the ends a few units of 1e-17 outside.
  return {
    rate: p,
    low: successes === 0 ? 0 : (centre - halfWidth) / scale,
    high: successes === n ? 1 : (centre + halfWidth) / scale,
  };
}
