import { describe, expect, it } from "vitest";
import { raggedBatch, targetWeight } from "./ragged-batch.ts";

const sequence = (promptIds: number[], completionIds: number[]) => ({
  promptIds: Uint32Array.from(promptIds),
  completionIds: Uint32Array.from(completionIds),
});

describe("raggedBatch", () => {
  it("targets the completion alone where prompts have no weight", () => {
    const batch = raggedBatch([sequence([1, 2, 3], [4, 5]), sequence([6], [7])], 0);
    expect([...batch.ids]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...batch.offsets]).toEqual([0, 5, 7]);
    expect([...batch.positions]).toEqual([2, 3, 5]);
    expect([...batch.targets]).toEqual([4, 5, 7]);
    expect([...batch.weights]).toEqual([1, 1, 1]);
    expect([...batch.targetOffsets]).toEqual([0, 2, 3]);
  });

  it("weighs prompt tokens after the first, by position and not by id", () => {
    const batch = raggedBatch([sequence([9, 9, 9], [9, 9])], 0.5);
    expect([...batch.positions]).toEqual([0, 1, 2, 3]);
    expect([...batch.weights]).toEqual([0.5, 0.5, 1, 1]);
  });

  it("never targets the first token of a sequence", () => {
    const batch = raggedBatch([sequence([], [1, 2, 3])], 0);
    expect([...batch.targets]).toEqual([2, 3]);
  });

  it("weighs what targetWeight says", () => {
    const examples = [sequence([1, 2, 3], [4, 5]), sequence([], [1, 2]), sequence([1], [2, 3, 4]), sequence([], [1])];
    for (const promptWeight of [0, 0.5]) {
      for (const example of examples) {
        const sum = raggedBatch([example], promptWeight).weights.reduce((total, weight) => total + weight, 0);
        expect(targetWeight(example, promptWeight)).toBe(sum);
      }
    }
  });
});
