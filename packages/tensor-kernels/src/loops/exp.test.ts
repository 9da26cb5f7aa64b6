import { expect, test } from "vitest";
import { exp } from "./exp.ts";

test("differs from Math.exp by less than 1e-11 relative over the whole range", () => {
  let worst = 0;
  for (let i = 0; i <= 200_000; i++) {
    const x = -707 + i * 0.00707;
    const reference = Math.exp(x);
    worst = Math.max(worst, Math.abs(exp(x) / reference - 1));
  }
  expect(worst).toBeLessThan(1e-11);
});

test.each([
  [0, 1],
  [-0, 1],
  [-800, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [800, Number.POSITIVE_INFINITY],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NaN, Number.NaN],
])("exp(%d) is %d", (x, expected) => expect(exp(x)).toBe(expected));
