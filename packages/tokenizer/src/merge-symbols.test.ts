import { expect, it } from "vitest";
import { type MergeTable, mergeSymbols } from "./merge-symbols.ts";
import { randomNumbers } from "./testing/random-text.ts";

type Merge = readonly [left: number, right: number, result: number];

function table(merges: readonly Merge[]): MergeTable {
  const ranks = new Map<number, Map<number, number>>();
  for (const [rank, [left, right]] of merges.entries()) {
    ranks.set(left, (ranks.get(left) ?? new Map<number, number>()).set(right, rank));
  }
  return { ranks, results: merges.map(([, , result]) => result) };
}

/** The definition, word for word: look at all pairs, merge the one of lowest rank, of these the leftmost; again. */
function mergeNaively(symbols: readonly number[], merges: readonly Merge[]): number[] {
  const ids = [...symbols];
  for (;;) {
    const ranks = ids.slice(1).map((right, index) => merges.findIndex(([a, b]) => a === ids[index] && b === right));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Infinity) return ids;
    ids.splice(ranks.indexOf(best), 2, (merges[best] as Merge)[2]);
  }
}

it("merges as the definition does, on random tables and pieces", () => {
  const random = randomNumbers(11);
  let merged = 0;
  for (let round = 0; round < 300; round++) {
    const pairs = new Set<string>();
    const merges: Merge[] = [];
    for (let id = 4; id < 16; id++) {
      const pair = [Math.floor(random() * id), Math.floor(random() * id)] as const;
      if (!pairs.has(pair.join())) merges.push([...pair, id]);
      pairs.add(pair.join());
    }
    const symbols = Array.from({ length: Math.floor(random() * 24) }, () => Math.floor(random() * 4));
    const result = mergeSymbols(symbols, table(merges));
    expect(result).toEqual(mergeNaively(symbols, merges));
    merged += symbols.length - result.length;
  }
  expect(merged).toBeGreaterThan(300);
});

it("merges a run from the left", () => {
  expect(mergeSymbols([0, 0, 0], table([[0, 0, 1]]))).toEqual([1, 0]);
});

it("takes 200,000 symbols in one piece without quadratic time", () => {
  const merges: Merge[] = Array.from({ length: 10 }, (_, rank) => [rank, rank, rank + 1]);
  const result = mergeSymbols(
    Array.from({ length: 200_000 }, () => 0),
    table(merges),
  );
  expect(result.length).toBe(Math.floor(200_000 / 1024) + 2); // 200,000 = 195 * 1024 + 256 + 64
});
