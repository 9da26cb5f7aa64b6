import { describe, expect, it } from "vitest";
import { answerStatistics } from "./answer-statistics.ts";
import { headToHead } from "./head-to-head.ts";
import { scoreHistogram } from "./score-histogram.ts";
import { verifiedScore } from "./verified-score.ts";
import { wilsonInterval } from "./wilson-interval.ts";

describe("wilsonInterval", () => {
  it("is the textbook's", () => {
    const { rate, low, high } = wilsonInterval(4, 10);
    expect([rate, low, high].map((value) => value.toFixed(6))).toEqual(["0.400000", "0.168180", "0.687326"]);
  });

  it("stays inside 0..1", () => {
    expect(wilsonInterval(0, 20).low).toBe(0);
    expect(wilsonInterval(0, 20).high).toBeGreaterThan(0.1);
    expect(wilsonInterval(20, 20).high).toBe(1);
  });

  it("refuses counts that cannot be", () => {
    expect(() => wilsonInterval(0, 0)).toThrow("n is 0");
    expect(() => wilsonInterval(3, 2)).toThrow("successes is 3");
  });
});

describe("headToHead", () => {
  it("counts wins, ties and losses prompt by prompt, and skips what has no score", () => {
    const result = headToHead([5, 3, 3, 1, null, 2], [4, 3, 4, 0, 5, null]);
    expect(result).toMatchObject({ wins: 2, ties: 1, losses: 1, skipped: 2 });
    expect(result.winRate?.rate).toBe(0.5);
    expect(result.winRateTiesHalf?.rate).toBe(0.625);
  });

  it("turns round with the sides", () => {
    const [a, b] = [
      [1, 2, 3, 4],
      [4, 2, 1, 0],
    ];
    const [forth, back] = [headToHead(a, b), headToHead(b, a)];
    expect([forth.wins, forth.ties, forth.losses]).toEqual([back.losses, back.ties, back.wins]);
  });

  it("has no rate without prompts, and refuses different prompts", () => {
    expect(headToHead([null], [1])).toEqual({
      wins: 0,
      ties: 0,
      losses: 0,
      skipped: 1,
      winRate: null,
      winRateTiesHalf: null,
    });
    expect(() => headToHead([1], [1, 2])).toThrow("1 scores and the second 2");
  });
});

describe("scoreHistogram", () => {
  it("counts each whole score, halves upwards, failures apart", () => {
    expect(scoreHistogram([0, 0.4, 2.5, 4.666, 5, 5, null])).toEqual({ counts: [2, 0, 0, 1, 0, 3], failed: 1 });
  });

  it("refuses what is no score", () => {
    expect(() => scoreHistogram([6])).toThrow("score is 6");
    expect(() => scoreHistogram([Number.NaN])).toThrow("score is NaN");
  });
});

describe("answerStatistics", () => {
  it("measures lengths, ends and diversity", () => {
    const statistics = answerStatistics([
      { text: "sure : 1 bear", tokens: 5, ended: true },
      { text: "sure : 1 bear", tokens: 5, ended: true },
      { text: " one\n two ", tokens: 14, ended: false },
      { text: "", tokens: 0, ended: true },
    ]);
    expect(statistics).toEqual({
      answers: 4,
      meanWords: 2.5,
      meanTokens: 6,
      endedShare: 0.75,
      distinct: 3,
      distinctShare: 0.75,
    });
    expect(answerStatistics([])).toMatchObject({ answers: 0, meanWords: null, endedShare: null, distinctShare: null });
  });
});

describe("verifiedScore", () => {
  const verdict = (relevant: boolean, style: boolean) => ({
    score: Number(relevant) + Number(style),
    criteria: { relevant, style },
  });

  it("averages what could be verified, and counts what could not", () => {
    expect(verifiedScore([verdict(true, true), verdict(true, false), null, verdict(false, false)])).toEqual({
      verified: 3,
      unverified: 1,
      mean: 1,
      perfectShare: 1 / 3,
      criteria: { relevant: 2 / 3, style: 1 / 3 },
    });
    expect(verifiedScore([null])).toEqual({ verified: 0, unverified: 1, mean: null, perfectShare: null, criteria: {} });
  });
});
