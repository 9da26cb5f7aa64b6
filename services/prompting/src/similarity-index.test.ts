import { expect, it } from "vitest";
import { rougeL } from "./rouge-l.ts";
import { seededSample } from "./seeded-sample.ts";
import { SimilarityIndex } from "./similarity-index.ts";

const vocabulary =
  "write explain list name a the of for to short poem story table recipe about cats dogs rain physics".split(" ");

/** Few words and repeated ones, so that many texts are near each other. */
function text(index: number): string {
  const base = seededSample(vocabulary, 4 + ((index % 60) % 7), 1, "base", index % 60);
  const extra = seededSample(vocabulary, index % 4, 1, "extra", index);
  return [...base, ...extra].join(index % 5 === 0 ? ", " : " ");
}

it.each([0.3, 0.7, 1])("agrees with comparing every text at threshold %d", (threshold) => {
  const index = new SimilarityIndex(threshold);
  const added: string[] = [];
  let similar = 0;
  for (let i = 0; i < 400; i += 1) {
    const next = text(i);
    const expected = added.some((other) => rougeL(other, next).f1 >= threshold);
    if (index.hasSimilar(next) !== expected) throw new Error(`differs on ${JSON.stringify(next)} at ${threshold}`);
    similar += Number(expected);
    index.add(next);
    added.push(next);
  }
  expect(similar).toBeGreaterThan(50);
  expect(similar).toBeLessThan(400);
});

it("takes a similarity of exactly the threshold for similar", () => {
  const index = new SimilarityIndex(0.7);
  index.add("a b c d e f g h i j");
  expect(index.hasSimilar("a b c d e f g x y z")).toBe(true);
  expect(index.hasSimilar("a b c d e f w x y z")).toBe(false);
});

it("compares a prompt with thousands in milliseconds", () => {
  const words = Array.from({ length: 3000 }, (_, i) => `w${i}`);
  const texts = Array.from({ length: 4000 }, (_, i) => `please write the ${seededSample(words, 20, 2, i).join(" ")}`);
  const index = new SimilarityIndex(0.7);
  const start = performance.now();
  const kept = texts.filter((one) => {
    const isNew = !index.hasSimilar(one);
    if (isNew) index.add(one);
    return isNew;
  });
  expect(kept.length).toBe(4000);
  expect(performance.now() - start).toBeLessThan(5000);
});

it.each([0, -1, 1.1, Number.NaN])("refuses threshold %d", (threshold) => {
  expect(() => new SimilarityIndex(threshold)).toThrow("must lie above 0 and be at most 1");
});
