import { describe, expect, it } from "vitest";
import { packBatch } from "./token-batch.ts";

const limits = { vocabSize: 10, maxPositions: 4 };

describe("packBatch", () => {
  it("lays sequences end to end and points at the row before each target", () => {
    const batch = packBatch(
      [
        { ids: [5, 6, 7], firstTarget: 1 },
        { ids: [1], firstTarget: 1 },
        { ids: Int32Array.of(2, 3, 4, 9), firstTarget: 3, dropoutKey: 70 },
      ],
      limits,
    );
    expect([...batch.ids]).toEqual([5, 6, 7, 1, 2, 3, 4, 9]);
    expect([...batch.offsets]).toEqual([0, 3, 4, 8]);
    expect([...batch.positions]).toEqual([0, 1, 6]);
    expect([...batch.targets]).toEqual([6, 7, 9]);
    expect([...batch.targetOffsets]).toEqual([0, 2, 2, 3]);
    expect([...batch.dropoutKeys]).toEqual([0, 1, 70]);
  });

  it.each<[string, { ids: number[]; firstTarget: number }, string]>([
    ["an empty sequence", { ids: [], firstTarget: 1 }, "sequences[0] has 0 tokens; it must have 1 to 4"],
    ["one longer than the context", { ids: [1, 1, 1, 1, 1], firstTarget: 1 }, "sequences[0] has 5 tokens"],
    [
      "a first target of 0",
      { ids: [1, 2], firstTarget: 0 },
      "sequences[0].firstTarget 0 must be from 1 to the length 2",
    ],
    ["a target behind the end", { ids: [1, 2], firstTarget: 3 }, "firstTarget 3"],
    ["an id outside the vocabulary", { ids: [1, 10], firstTarget: 1 }, "sequences[0][1] is 10, not a token id"],
    ["a fraction", { ids: [1.5, 1], firstTarget: 1 }, "sequences[0][0] is 1.5"],
  ])("refuses %s", (_, sequence, message) => {
    expect(() => packBatch([sequence], limits)).toThrow(message);
  });
});
