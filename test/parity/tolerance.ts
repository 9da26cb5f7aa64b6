import { expect } from "vitest";

/** Largest error of `actual`, relative where |expected| is above 1, absolute below. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i] as number));
    const error = Math.abs((actual[i] as number) - (expected[i] as number)) / scale;
    if (!(error <= worst)) worst = error; // a NaN is the worst
  }
  return worst;
}

/** The fixtures' tolerance of f32 values: 1e-4 relative, absolute below 1. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void {
  expect(largestError(actual, expected)).toBeLessThan(tolerance);
}
