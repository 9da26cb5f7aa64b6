import { expect, it } from "vitest";
import { type CountedWord, type LearnedMerge, MergeLearner } from "./learn-merges.ts";
import { pick, randomNumbers } from "./testing/random-text.ts";

const LETTERS = ["a", "b", "c", "d"];

function learn(words: readonly CountedWord[], steps: number, minFrequency: number): LearnedMerge[] {
  const learner = new MergeLearner(words, LETTERS);
  const merges: LearnedMerge[] = [];
  for (let step = 0; step < steps; step++) {
    const merge = learner.next(minFrequency);
    if (merge === undefined) break;
    merges.push(merge);
  }
  return merges;
}

/** The definition, word for word: count all pairs of all words anew before every merge. */
function learnNaively(words: readonly CountedWord[], steps: number, minFrequency: number): LearnedMerge[] {
  const tokens = [...LETTERS];
  const rest = words.map(({ symbols, count }) => ({ symbols: [...symbols], count }));
  const merges: LearnedMerge[] = [];
  for (let step = 0; step < steps; step++) {
    const counts = new Map<string, number>();
    for (const { symbols, count } of rest) {
      for (let index = 0; index + 1 < symbols.length; index++) {
        const pair = `${symbols[index]},${symbols[index + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + count);
      }
    }
    const ordered = [...counts]
      .map(([pair, count]) => ({ left: Number(pair.split(",")[0]), right: Number(pair.split(",")[1]), count }))
      .sort((x, y) => y.count - x.count || x.left - y.left || x.right - y.right);
    const best = ordered[0];
    if (best === undefined || best.count < minFrequency) break;
    const text = `${tokens[best.left]}${tokens[best.right]}`;
    if (!tokens.includes(text)) tokens.push(text);
    const result = tokens.indexOf(text);
    merges.push({ left: best.left, right: best.right, result, count: best.count });
    for (const { symbols } of rest) {
      for (let index = 0; index + 1 < symbols.length; index++) {
        if (symbols[index] === best.left && symbols[index + 1] === best.right) symbols.splice(index, 2, result);
      }
    }
  }
  return merges;
}

function randomWords(random: () => number): CountedWord[] {
  return Array.from({ length: 1 + Math.floor(random() * 12) }, () => ({
    symbols: Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * LETTERS.length)),
    count: 1 + Math.floor(random() * 4),
  }));
}

it("learns what the definition says, on random words with many ties", () => {
  const random = randomNumbers(7);
  let learned = 0;
  for (let round = 0; round < 200; round++) {
    const words = randomWords(random);
    const minFrequency = pick(random, [1, 2, 4]);
    const merges = learn(words, 30, minFrequency);
    expect(merges).toEqual(learnNaively(words, 30, minFrequency));
    learned += merges.length;
  }
  expect(learned).toBeGreaterThan(1000);
});

it("depends on counts alone: order of words and how their counts are split up change nothing", () => {
  const random = randomNumbers(8);
  for (let round = 0; round < 50; round++) {
    const words = randomWords(random);
    const ones = words.flatMap(({ symbols, count }) => Array.from({ length: count }, () => ({ symbols, count: 1 })));
    const shuffled = ones
      .map((word) => ({ word, key: random() }))
      .sort((x, y) => x.key - y.key)
      .map(({ word }) => word);
    expect(learn(shuffled, 30, 1)).toEqual(learn(words, 30, 1));
  }
});

it("breaks ties by the smaller left id, then the smaller right id", () => {
  const words = [
    { symbols: [2, 1], count: 3 },
    { symbols: [1, 3], count: 3 },
    { symbols: [1, 2], count: 3 },
  ];
  expect(learn(words, 3, 1).map(({ left, right }) => [left, right])).toEqual([
    [1, 2],
    [1, 3],
    [2, 1],
  ]);
});

it("gives two merges that spell the same text one token", () => {
  // "ab" and "bc" both become tokens; then "ab"+"c" and "a"+"bc" both spell "abc".
  const words = [
    { symbols: [0, 1], count: 9 },
    { symbols: [3, 1, 2], count: 8 },
    { symbols: [0, 1, 2], count: 4 },
    { symbols: [1, 2], count: 30 },
  ];
  const merges = learn(words, 10, 1);
  expect(merges).toEqual(learnNaively(words, 10, 1));
});
