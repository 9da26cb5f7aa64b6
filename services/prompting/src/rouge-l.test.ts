import { expect, it } from "vitest";
import { longestCommonSubsequence, rougeL, rougeTokens } from "./rouge-l.ts";

it("splits at everything but Latin letters and digits", () => {
  expect(rougeTokens("Don't  pay $12.50 — naïve_café 日本")).toEqual([
    "don",
    "t",
    "pay",
    "12",
    "50",
    "na",
    "ve",
    "caf",
  ]);
});

it("weighs precision and recall of the longest common subsequence", () => {
  // L = 3 ("the cat mat"), m = 6, n = 4.
  const { precision, recall, f1 } = rougeL("the cat sat on the mat", "the black cat mat");
  expect([precision, recall]).toEqual([3 / 4, 1 / 2]);
  expect(f1).toBeCloseTo(0.6, 12);
});

it.each([
  ["", ""],
  ["a", ""],
  ["", "a"],
  ["日本語", "日本語"],
  ["cat", "dog"],
])("is 0 between %j and %j", (reference, prediction) => {
  expect(rougeL(reference, prediction)).toEqual({ precision: 0, recall: 0, f1: 0 });
});

it("finds the longest subsequence that a search over all finds", () => {
  const subsequences = (text: string): Set<string> =>
    text
      .split("")
      .reduce((found, letter) => new Set([...found, ...[...found].map((one) => one + letter)]), new Set([""]));
  for (let index = 0; index < 200; index += 1) {
    // All pairs of short words over three letters that these two congruences reach.
    const word = (factor: number) =>
      Array.from({ length: 7 }, (_, i) => "abc"[(((index + 1) * factor) >> i) % 3]).join("");
    const [a, b] = [word(37), word(91)];
    const common = [...subsequences(a)].filter((one) => subsequences(b).has(one));
    expect(longestCommonSubsequence(a.split(""), b.split(""))).toBe(Math.max(...common.map((one) => one.length)));
  }
});
