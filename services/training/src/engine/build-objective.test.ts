import { describe, expect, it } from "vitest";
import { referenceLogProbs } from "../objectives/preference.ts";
import { BigramModel } from "../testing/bigram-model.ts";
import { buildObjective, checkReference, tokensAtOnce } from "./build-objective.ts";
import { packRows, unpackPairs } from "./packed-data.ts";
import { checkStart } from "./train.ts";

const pairs = packRows(
  Array.from({ length: 40 }, (_, i) => [[1, 2], [3, (i % 5) + 1], [(i % 7) + 1]]),
  3,
);
const params = { kind: "preference", pairs, batchSize: 8, beta: 0.1, nllWeight: 0 } as const;

describe("the reference of DPO", () => {
  it("is taken from a cache where it is that of the model", () => {
    const model = new BigramModel(9);
    const cached = referenceLogProbs(model, unpackPairs(pairs), 8);
    expect(buildObjective(params, model, 0, 1, cached).reference).toBe(cached);
    expect(buildObjective(params, model, 0, 1, undefined).reference).toEqual(cached);
  });

  it("is refused where the cache is another model's, or of other data", () => {
    const model = new BigramModel(9);
    const other = new BigramModel(
      9,
      new Float64Array(81).map((_, i) => Math.cos(i)),
    );
    const mismatch = expect.objectContaining({ reason: "REFERENCE_MISMATCH" });
    const examples = unpackPairs(pairs);
    expect(() => checkReference(model, examples, referenceLogProbs(other, examples, 8), 8)).toThrow(mismatch);
    const fewer = referenceLogProbs(model, examples.slice(1), 8);
    expect(() => checkReference(model, examples, fewer, 8)).toThrow(mismatch);
  });

  it("must give ln 2 before the first update", () => {
    expect(() => checkStart({ figures: { sigmoid_loss: Math.LN2 + 1e-6 } })).not.toThrow();
    expect(() => checkStart({ figures: {} })).not.toThrow();
    const mismatch = expect.objectContaining({ reason: "REFERENCE_MISMATCH" });
    expect(() => checkStart({ figures: { sigmoid_loss: 0.7 } })).toThrow(mismatch);
  });
});

describe("tokensAtOnce", () => {
  it("counts both sequences of a pair, also in micro-batches of one sequence", () => {
    expect(tokensAtOnce(params, 0)).toBe(4 * 2 * 8);
    expect(tokensAtOnce(params, 1)).toBe(4 * 2);
    expect(tokensAtOnce(params, 3)).toBe(4 * 4);
  });

  it("counts the largest source's batch", () => {
    const examples = packRows(
      [
        [[1, 2, 3], [4]],
        [[1], [2]],
      ],
      2,
    );
    const source = { name: "ift", examples, promptLossWeight: 0, weight: 1 };
    const sources = [
      { ...source, batchSize: 5 },
      { ...source, batchSize: 2 },
    ];
    expect(tokensAtOnce({ kind: "next-token", sources }, 0)).toBe(4 * 5);
    expect(tokensAtOnce({ kind: "next-token", sources }, 3)).toBe(4 * 3);
  });
});
