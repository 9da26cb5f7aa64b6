import { describe, expect, it } from "vitest";
import { exactMatch, matchesExactly } from "./exact-match.ts";
import { fiveBest } from "./five-best.ts";
import { answerPairs, type JudgeGroup, readableAnswers } from "./judge-group.ts";
import { kendallTau } from "./kendall-tau.ts";
import { pairwiseAccuracy } from "./pairwise-accuracy.ts";
import { meanCorrelation, rewardModelling } from "./reward-modelling.ts";
import { averageRanks, spearman } from "./spearman.ts";

const perfect: JudgeGroup = { scores: [5, 3, 1], ranks: [0, 1, 2] };
const reversed: JudgeGroup = { scores: [1, 3, 5], ranks: [0, 1, 2] };
const judgeTied: JudgeGroup = { scores: [4, 4, 1], ranks: [0, 1, 2] };
const humanTied: JudgeGroup = { scores: [5, 5, 1], ranks: [0, 0, 2] };
const constant: JudgeGroup = { scores: [4, 4, 4], ranks: [0, 1, 2] };
const failing: JudgeGroup = { scores: [5, null, null], ranks: [1, 0, 2] };
const partlyFailing: JudgeGroup = { scores: [null, 3, 1], ranks: [0, 1, 2] };

describe("pairs of a group", () => {
  it("say who is better for judge and people", () => {
    expect(answerPairs(readableAnswers(judgeTied))).toEqual([
      { judge: 0, human: 1 },
      { judge: 1, human: 1 },
      { judge: 1, human: 1 },
    ]);
  });

  it("leave out answers without a readable score", () => {
    expect(readableAnswers(partlyFailing)).toEqual({ scores: [3, 1], ranks: [1, 2] });
    expect(() => readableAnswers({ scores: [1], ranks: [] })).toThrow("1 scores and 0 ranks");
  });
});

describe("pairwise accuracy", () => {
  it("counts pairs that people rank apart, ties of the judge as wrong", () => {
    expect(pairwiseAccuracy([perfect, reversed])).toMatchObject({ pairs: 6, correct: 3, accuracy: 0.5 });
    expect(pairwiseAccuracy([judgeTied])).toMatchObject({ pairs: 3, correct: 2, judgeTied: 1, tiesHalf: 2.5 / 3 });
    expect(pairwiseAccuracy([humanTied])).toMatchObject({ pairs: 2, correct: 2 });
    expect(pairwiseAccuracy([constant]).accuracy).toBe(0);
  });

  it("weighs pairs, or groups", () => {
    const small: JudgeGroup = { scores: [1, 2], ranks: [0, 1] };
    expect(pairwiseAccuracy([perfect, small])).toMatchObject({ accuracy: 3 / 4, meanOverGroups: 1 / 2 });
    expect(pairwiseAccuracy([failing])).toMatchObject({
      pairs: 0,
      accuracy: null,
      tiesHalf: null,
      meanOverGroups: null,
    });
  });
});

describe("exact match", () => {
  it("needs every pair in the same order, ties included", () => {
    expect(exactMatch([perfect, humanTied, partlyFailing])).toBe(1);
    expect(exactMatch([perfect, reversed, judgeTied, constant])).toBe(0.25);
    expect(exactMatch([failing])).toBeNull();
  });

  it("can look past human ties", () => {
    const broken = { scores: [5, 4, 1], ranks: [0, 0, 2] };
    expect(matchesExactly(broken)).toBe(false);
    expect(matchesExactly(broken, "human_ties_free")).toBe(true);
  });
});

describe("5-best", () => {
  it("asks of perfect scores whether they are the best of what could be read", () => {
    expect(fiveBest([perfect, reversed])).toEqual({ fives: 2, best: 1, share: 0.5 });
    expect(fiveBest([humanTied])).toEqual({ fives: 2, best: 2, share: 1 });
    expect(fiveBest([failing])).toEqual({ fives: 1, best: 1, share: 1 });
    expect(
      fiveBest([
        { scores: [4.9], ranks: [0] },
        { scores: [], ranks: [] },
      ]),
    ).toEqual({ fives: 0, best: 0, share: null });
  });
});

describe("correlations", () => {
  it("share ranks among ties", () => {
    expect(averageRanks([10, 20, 20, 5])).toEqual([2, 3.5, 3.5, 1]);
  });

  it("are 1 and -1 at the ends, and undefined for constants", () => {
    for (const correlation of [spearman, kendallTau]) {
      expect(correlation([1, 2, 3, 9], [10, 20, 30, 31])).toBeCloseTo(1, 12);
      expect(correlation([1, 2, 3, 9], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
      expect(correlation([1, 1], [1, 2])).toBeNull();
      expect(correlation([1, 2], [3, 3])).toBeNull();
      expect(correlation([1], [1])).toBeNull();
      expect(() => correlation([1], [])).toThrow("must be paired");
    }
    // C = 4, D = 1, one pair tied in y: 3 / sqrt(6 * 5).
    expect(kendallTau([1, 2, 3, 4], [1, 3, 2, 3])).toBeCloseTo(3 / Math.sqrt(30), 12);
  });

  it("average over groups with undefined ones as 0, or without them", () => {
    const groups = [perfect, constant].map(readableAnswers);
    expect(meanCorrelation(groups, kendallTau)).toEqual({
      undefinedAsZero: 0.5,
      omittingUndefined: 1,
      undefinedGroups: 1,
    });
    expect(meanCorrelation([], kendallTau)).toEqual({
      undefinedAsZero: null,
      omittingUndefined: null,
      undefinedGroups: 0,
    });
  });
});

describe("rewardModelling", () => {
  it("gives a judge that says 5 to everything nothing but 5-best at chance", () => {
    const blind = [perfect, reversed].map(({ ranks }) => ({ scores: [5, 5, 5], ranks }));
    expect(rewardModelling(blind)).toEqual({
      groups: 2,
      usableGroups: 2,
      failedAnswers: 0,
      pairs: 6,
      pairsJudgeTied: 6,
      pairwiseAccuracy: 0,
      exactMatch: 0,
      fives: 6,
      fiveBest: 2 / 6,
      spearman: 0,
      kendallTau: 0,
    });
  });

  it("says null, not 0, where nothing could be read", () => {
    const unreadable = rewardModelling([{ scores: [null, null], ranks: [0, 1] }]);
    expect(unreadable).toMatchObject({ groups: 1, usableGroups: 0, failedAnswers: 2, pairs: 0 });
    expect(unreadable).toMatchObject({ pairwiseAccuracy: null, exactMatch: null, fiveBest: null, spearman: null });
  });
});
