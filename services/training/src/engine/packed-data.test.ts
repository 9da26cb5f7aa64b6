import { expect, it } from "vitest";
import { packRows, unpackPairs, unpackSequences } from "./packed-data.ts";

it("gives sequences and pairs back as they were, empty lists included", () => {
  const sequences = unpackSequences(
    packRows(
      [
        [[1, 2], [3]],
        [[], [4, 5]],
        [[6], []],
      ],
      2,
    ),
  );
  expect(sequences.map(({ promptIds, completionIds }) => [[...promptIds], [...completionIds]])).toEqual([
    [[1, 2], [3]],
    [[], [4, 5]],
    [[6], []],
  ]);
  const [pair] = unpackPairs(packRows([[[1], [2, 3], [4]]], 3));
  expect([pair!.promptIds, pair!.chosenIds, pair!.rejectedIds].map((ids) => [...ids])).toEqual([[1], [2, 3], [4]]);
  expect(unpackSequences(packRows([], 2))).toEqual([]);
});
