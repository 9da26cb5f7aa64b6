import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseScore } from "./parse-score.ts";
import { MAX_SCORE, scoreFailures } from "./score/score-result.ts";

interface Case {
  readonly text: string;
  readonly score: number | null;
  readonly failure: string | null;
}

const corpus = readFileSync(new URL("./parse-score.corpus.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

describe("parseScore on the corpus", () => {
  it("holds at least 150 outputs, scores of every whole number and every failure that it can meet", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.map((entry) => entry.text)).size).toBe(corpus.length);
    for (let score = 0; score <= MAX_SCORE; score += 1)
      expect(corpus.some((entry) => entry.score === score)).toBe(true);
    const met = new Set(corpus.map((entry) => entry.failure));
    expect(scoreFailures.filter((failure) => failure !== "not_at_end" && !met.has(failure))).toEqual([]);
  });

  it.each(corpus)("$text", ({ text, score, failure }) => {
    expect({ text, ...parseScore(text) }).toEqual({ text, score, failure });
  });
});
