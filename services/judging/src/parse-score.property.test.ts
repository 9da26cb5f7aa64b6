import { describe, expect, it } from "vitest";
import { parseCompactScore } from "./parse-compact-score.ts";
import { parseScore } from "./parse-score.ts";
import { MAX_SCORE, type ScoreResult, scoreFailures } from "./score/score-result.ts";

/** Pieces that the grammar reacts to; random sequences of them reach its corners far sooner than random characters. */
const pieces = (
  "score|Score:|score =|score -|Score\n|:|=| - |-|–|/|/5|/10| out of | of |5|4|3|0|12|٤|½|,|.|...|e|^|**|_|`|\"|'|“|”|(|)|[|]|{|}|<|>" +
  "|$|\\boxed{|\\|four|five|three| and a half| half| point | points|-point scale|or|to|and|maybe|minus| |  |\n|\t|%|+|×|~|#|> |- |the answer|🙂|\ud800|\u200f|n/a"
).split("|");

/** Mulberry32: the same sequences on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function* randomTexts(count: number, seed: number): Generator<string> {
  const next = random(seed);
  for (let index = 0; index < count; index += 1) {
    const length = 1 + Math.floor(next() * 14);
    yield Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)]).join("");
  }
}

const parsers = [parseScore, parseCompactScore];

/** A result is one of a score within 0..5 and a documented failure. */
const isProper = ({ score, failure }: ScoreResult): boolean =>
  score === null ? scoreFailures.includes(failure) : score >= 0 && score <= MAX_SCORE && failure === null;

describe("parseScore on anything", () => {
  it("gives a score within 0..5 or a documented failure, never both, and never throws", () => {
    const texts = [...randomTexts(60_000, 1)];
    expect(texts.filter((text) => !parsers.every((parse) => isProper(parse(text))))).toEqual([]);
    // The texts do reach the accepting half of the grammar.
    expect(texts.filter((text) => parseScore(text).score !== null).length).toBeGreaterThan(300);
  });

  it("lets a plain last line decide, whatever stands before it", () => {
    const texts = Array.from(randomTexts(20_000, 2), (text) => `${text}\n\nScore: 3`);
    expect(texts.filter((text) => parseScore(text).score !== 3)).toEqual([]);
  });

  it("reads no score where the word does not occur", () => {
    const texts = Array.from(randomTexts(20_000, 3), (text) => text.replaceAll(/score/gi, "mark"));
    expect(texts.filter((text) => parseScore(text).score !== null)).toEqual([]);
  });

  // A quadratic step would take tens of seconds at this size.
  const size = 200_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length));
  const hostile = [
    'a "Score: 4 (x\n" '.repeat(8000) + " ".repeat(size / 2),
    'a "Score: 4 x" '.repeat(8000) + "\n".repeat(size / 2),
    ...["Score: 4 (", "Score:", "Score: ", "Score\n", "score score ", 'a "Score: 4" ', "Score: **", "Score: 3 or "].map(
      fill,
    ),
    ...[
      "Score:\n1. a\n",
      "Score: four point ",
      "“Score: 4 (three)” ",
      "Score: <",
      "Score: (",
      "a_score: 4 ",
      "maximum score: 5 ",
    ].map(fill),
    ...[" ", "\n", "4", "4.", "(", "*", "-", "a", ".", "٤", "and ", "four point one ", "\\boxed{", "a "].flatMap(
      (piece) => [
        fill(piece),
        `Score:${fill(piece)}`,
        `Score:${fill(piece)}x`,
        `Score: 4${fill(piece)}x`,
        `Score: 4 out of ${fill(piece)}x`,
        `x${fill(piece)}Score: 4`,
        `Score${fill(piece)}: 4`,
      ],
    ),
  ];

  it("takes time that grows linearly, whatever the text holds", () => {
    const slow = hostile.filter((text) => {
      const start = performance.now();
      for (const parse of parsers) parse(text);
      return performance.now() - start > 1000;
    });
    expect(slow.map((text) => text.slice(0, 24))).toEqual([]);
  });

  it("reads a megabyte in under a second", () => {
    const text = `${"The answer is clear; an earlier score: 3 was too low. ".repeat(20_000)}\nScore: 4`;
    expect(text.length).toBeGreaterThan(1_000_000);
    const start = performance.now();
    expect(parseScore(text).score).toBe(4);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("parseCompactScore", () => {
  it.each([
    ["... style no score : 1", 1],
    ["score : 0", 0],
    ["want 2 .\nscore : 5\n", 5],
  ])("%j is %d", (text, score) => {
    expect(parseCompactScore(text)).toEqual({ score, failure: null });
  });

  it.each([
    "score : 6",
    "score: 4",
    "Score : 4",
    "score : 4 .",
    "score : 45",
    "score : 4 style no",
    "subscore : 4",
    "score :",
    "score : 4/5",
    "score :  4",
    "score : four",
  ])("%j is not at its end", (text) => {
    expect(parseCompactScore(text)).toEqual({ score: null, failure: "not_at_end" });
  });

  it.each(["", " \n"])("%j is empty", (text) => {
    expect(parseCompactScore(text)).toEqual({ score: null, failure: "empty" });
  });
});
