/** The fixtures' tolerance of f32 values: relative where |expected| is above 1, absolute below. */
export const valueTolerance = 1e-4;

/** Largest error of `actual`, relative where |expected| is above 1, absolute below; NaN where one is not a number. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new RangeError(`${actual.length} values, expected ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i] as number));
    const error = Math.abs((actual[i] as number) - (expected[i] as number)) / scale;
    if (!(error <= worst)) worst = error;
    if (Number.isNaN(worst)) return worst;
  }
  return worst;
}
