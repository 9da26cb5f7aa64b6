import { expect, it } from "vitest";
import { type SplitBehavior, splitBy } from "./split-by.ts";

// The example that the documentation of tokenizers gives for SplitDelimiterBehavior.
it.each<[SplitBehavior, string[]]>([
  ["Removed", ["the", "final", "countdown"]],
  ["Isolated", ["the", "-", "final", "-", "-", "countdown"]],
  ["MergedWithPrevious", ["the-", "final-", "-", "countdown"]],
  ["MergedWithNext", ["the", "-final", "-", "-countdown"]],
  ["Contiguous", ["the", "-", "final", "--", "countdown"]],
])("splits by a delimiter: %s", (behavior, pieces) => {
  expect(splitBy("the-final--countdown", /-/gu, behavior, false)).toEqual(pieces);
});

it("takes what lies between the matches as the matches when inverted", () => {
  expect(splitBy("a1b2", /\d/gu, "Removed", true)).toEqual(["1", "2"]);
  expect(splitBy("a1b2", /\d/gu, "MergedWithPrevious", true)).toEqual(["a", "1b", "2"]);
});

it("cuts at empty matches, and never within a character", () => {
  expect(splitBy("a\u{1f600}b", /x?/gu, "Isolated", false)).toEqual(["a", "\u{1f600}", "b"]);
  expect(splitBy("a\u{1f600}b", /(?<!a)/gu, "Isolated", false)).toEqual(["a\u{1f600}", "b"]);
  expect(splitBy("a\u{1f600}b", /(?<!a)/gu, "Contiguous", false)).toEqual(["a\u{1f600}", "b"]);
});
