import { describe, expect, it } from "vitest";
import { addPairingCounts, buildPairs } from "./build-pairs.ts";
import type { ScoredAnswer, ScoredPrompt } from "./pairing-types.ts";

type Entry = readonly [text: string, score: number | null, complete?: boolean];

const prompt = (promptId: string, ...entries: readonly Entry[]): ScoredPrompt => ({
  promptId,
  answers: entries.map(
    ([text, score, complete = true], index): ScoredAnswer => ({
      candidateId: `${promptId}/${index}`,
      text,
      score,
      complete,
    }),
  ),
});

const options = { strategy: "best_worst", seed: 7 } as const;
const noDrops = { tie: 0, too_few_scored: 0, truncated_answers: 0, identical_answers: 0, too_few_answers: 0 };

describe("buildPairs", () => {
  it("sets the best answer against the worst", () => {
    const { pairs, counts } = buildPairs([prompt("p", ["a", 3], ["b", 4.5], ["c", 1], ["d", 4])], options);
    expect(pairs.map(({ chosen, rejected }) => [chosen.candidateId, rejected.candidateId])).toEqual([["p/1", "p/2"]]);
    expect(counts).toEqual({
      prompts: 1,
      answers: 4,
      pairs: 1,
      promptDrops: noDrops,
      answerDrops: { truncated: 0, empty: 0, failed_judgement: 0, identical: 0 },
    });
  });

  it.each([
    ["tie", prompt("p", ["a", 3], ["b", 3], ["c", 3])],
    ["too_few_scored", prompt("p", ["a", 3], ["b", null], ["c", null])],
    ["too_few_scored", prompt("p", ["a", null], ["b", null])],
    ["truncated_answers", prompt("p", ["a", 3], ["b", 4, false])],
    ["identical_answers", prompt("p", ["a", 3], ["a", 5], ["a", 1])],
    ["too_few_answers", prompt("p", ["a", 3])],
    ["too_few_answers", prompt("p")],
    ["too_few_answers", prompt("p", ["a", 3], ["  ", 1])],
  ] as const)("drops a prompt as %s and counts it", (drop, input) => {
    const { pairs, counts } = buildPairs([input], options);
    expect(pairs).toEqual([]);
    expect(counts.promptDrops).toEqual({ ...noDrops, [drop]: 1 });
  });

  it("pairs what is left when some answers drop out, and counts each of those once", () => {
    const input = prompt("p", ["a", 5, false], ["b", null], ["", 0], ["c", 2], ["c", 2], ["d", 4], ["e", null, false]);
    const { pairs, counts } = buildPairs([input], options);
    expect(pairs.map(({ chosen, rejected }) => [chosen.text, rejected.text])).toEqual([["d", "c"]]);
    expect(counts.answerDrops).toEqual({ truncated: 2, empty: 1, failed_judgement: 1, identical: 1 });
  });

  it("never prefers a text to itself: identical answers count with their mean", () => {
    const [pair] = buildPairs([prompt("p", ["a", 5], ["b", 4.5], ["a", 1])], options).pairs;
    expect(pair?.chosen.text).toBe("b");
    expect(pair?.rejected).toMatchObject({ candidateId: "p/0", text: "a", score: 3 });
    expect(buildPairs([prompt("p", ["a", 5], ["b", 4], ["a", 3])], options).counts.promptDrops.tie).toBe(1);
  });

  it("takes means that differ by rounding alone for equal", () => {
    const [one, other] = [(0.1 + 0.2 + 0.3) / 3, (0.3 + 0.2 + 0.1) / 3];
    expect(one).not.toBe(other);
    expect(buildPairs([prompt("p", ["a", one], ["b", other])], options).counts.promptDrops.tie).toBe(1);
  });

  it("chooses among equals evenly, by seed and prompt alone", () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      prompt(`p${i}`, ["a", 5], ["b", 1], ["c", 5], ["d", 1], ["e", 5]),
    );
    const { pairs } = buildPairs(many, options);
    const share = (side: "chosen" | "rejected", text: string) =>
      pairs.filter((pair) => pair[side].text === text).length / 3000;
    for (const text of ["a", "c", "e"]) expect(share("chosen", text)).toBeCloseTo(1 / 3, 1);
    for (const text of ["b", "d"]) expect(share("rejected", text)).toBeCloseTo(1 / 2, 1);
    expect(buildPairs(many.slice(1000, 1010), options).pairs).toEqual(pairs.slice(1000, 1010));
    expect(buildPairs(many, { ...options, seed: 8 }).pairs).not.toEqual(pairs);
  });

  it("adds the counts of shards up to those of the whole", () => {
    const inputs = [
      prompt("p", ["a", 1], ["b", 2]),
      prompt("q", ["a", 1], ["b", 1]),
      prompt("r", ["a", null], ["b", 2, false]),
    ];
    const [first, ...rest] = inputs.map((input) => buildPairs([input], options).counts);
    expect(rest.reduce(addPairingCounts, first as NonNullable<typeof first>)).toEqual(
      buildPairs(inputs, options).counts,
    );
  });
});

describe("the shuffled control", () => {
  const control = { strategy: "shuffled", seed: 7 } as const;
  const many = Array.from({ length: 2000 }, (_, i) => prompt(`p${i}`, ["a", 5], ["b", 3], ["c", 2], ["d", 0]));

  it("cuts the tie between an answer and its score and keeps everything else", () => {
    const { pairs, counts } = buildPairs(many, control);
    expect(counts).toEqual(buildPairs(many, options).counts);
    for (const text of ["a", "b", "c", "d"]) {
      expect(pairs.filter((pair) => pair.chosen.text === text).length / 2000).toBeCloseTo(1 / 4, 1);
      expect(pairs.filter((pair) => pair.rejected.text === text).length / 2000).toBeCloseTo(1 / 4, 1);
    }
    expect(pairs.every((pair) => pair.chosen.score === 5 && pair.rejected.score === 0)).toBe(true);
    expect(pairs.every((pair) => pair.chosen.text !== pair.rejected.text)).toBe(true);
  });

  it("drops the same prompts for the same reasons", () => {
    const inputs = [
      prompt("q", ["a", 3], ["b", 3]),
      prompt("r", ["a", 3], ["a", 4]),
      prompt("s", ["a", null], ["b", 4]),
    ];
    expect(buildPairs(inputs, control).counts).toEqual(buildPairs(inputs, options).counts);
  });

  it("depends on seed and prompt alone", () => {
    expect(buildPairs(many.slice(500, 510), control).pairs).toEqual(buildPairs(many, control).pairs.slice(500, 510));
    expect(buildPairs(many, { ...control, seed: 8 }).pairs).not.toEqual(buildPairs(many, control).pairs);
  });
});
