import { describe, expect, it } from "vitest";
import { MockModel } from "../testing/mock-model.ts";
import { type BatchLimits, generate } from "./generate.ts";
import type { Completion, GenerationPrompt, GenerationSettings } from "./generation-request.ts";
import { logProbability, warpDistribution } from "./warp-distribution.ts";

const settings: GenerationSettings = {
  sampling: { temperature: 1 },
  candidates: 1,
  maxTokens: 6,
  stopIds: [0],
  stopSequences: [],
  seed: 7,
};

/** Logits over 8 ids that depend on all ids so far. */
function hashed(ids: readonly number[]): number[] {
  const state = ids.reduce((sum, id, i) => (sum * 31 + id * 7 + i + 1) % 1009, 17);
  return Array.from({ length: 8 }, (_, id) => 1.5 * Math.sin(state * (id + 1)));
}

/** Always continues with the id after the last one, with certainty. */
function counting(ids: readonly number[]): number[] {
  return Array.from({ length: 8 }, (_, id) => (id === ((ids.at(-1) as number) + 1) % 8 ? 0 : -1000));
}

function prompt(key: string, ...ids: number[]): GenerationPrompt {
  return { key, ids };
}

const prompts = [prompt("a", 1, 2, 3), prompt("b", 4), prompt("c", 5, 6), prompt("d", 1, 2, 3, 4, 5, 6, 7)];

function run(
  list: readonly GenerationPrompt[],
  changes: Partial<GenerationSettings> = {},
  limits?: Partial<BatchLimits>,
  model = new MockModel(8, 64, hashed),
): Completion[] {
  const steps = [
    ...generate(model, list, { ...settings, ...changes }, { maxRows: 16, maxPrefillTokens: 100, ...limits }),
  ];
  for (const cache of model.caches) expect(cache.freed).toBe(true);
  return steps.flat().sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
}

function only(list: readonly Completion[]): Completion {
  expect(list).toHaveLength(1);
  return list[0] as Completion;
}

describe("generate", () => {
  it("ends with a stop id, which belongs to the completion", () => {
    const completion = only(run([prompt("x", 5)], {}, {}, new MockModel(8, 64, counting)));
    expect([...completion.ids]).toEqual([6, 7, 0]);
    expect(completion.finishReason).toBe("stop");
    expect(completion.logProbs).toHaveLength(3);
  });

  it("ends with a stop sequence, and only with the whole of it in a row", () => {
    const changes = {
      stopIds: [],
      stopSequences: [
        [7, 1],
        [7, 0, 1],
      ],
    };
    const completion = only(run([prompt("x", 5)], changes, {}, new MockModel(8, 64, counting)));
    expect([...completion.ids]).toEqual([6, 7, 0, 1]);
    expect(completion.finishReason).toBe("stop");
  });

  it("does not take the prompt's end for a part of a stop sequence", () => {
    const changes = { stopIds: [], stopSequences: [[5, 6]], maxTokens: 2 };
    expect(only(run([prompt("x", 5)], changes, {}, new MockModel(8, 64, counting))).finishReason).toBe("length");
  });

  it("is cut off at maxTokens; a stop on the last one counts as stop", () => {
    const cut = only(run([prompt("x", 5)], { maxTokens: 2 }, {}, new MockModel(8, 64, counting)));
    expect([[...cut.ids], cut.finishReason]).toEqual([[6, 7], "length"]);
    expect(only(run([prompt("x", 5)], { maxTokens: 3 }, {}, new MockModel(8, 64, counting))).finishReason).toBe("stop");
  });

  it("is greedy at temperature 0, whatever the seed", () => {
    const [first] = run(prompts, { sampling: { temperature: 0 }, seed: 1 });
    let ids = [1, 2, 3];
    for (const id of (first as Completion).ids) {
      const logits = hashed(ids);
      expect(logits[id]).toBe(Math.max(...logits));
      ids = [...ids, id];
    }
    expect(run(prompts, { sampling: { temperature: 0 }, seed: 2 })).toEqual(
      run(prompts, { sampling: { temperature: 0 }, seed: 1 }),
    );
  });

  it("gives the same completions for any number of rows, prefill size and order of prompts", () => {
    const expected = run(prompts, { candidates: 5 });
    expect(expected).toHaveLength(20);
    for (const limits of [
      { maxRows: 1 },
      { maxRows: 3 },
      { maxRows: 7, maxPrefillTokens: 1 },
      { maxPrefillTokens: 4 },
    ]) {
      expect(run(prompts, { candidates: 5 }, limits)).toEqual(expected);
    }
    const reversed = run([...prompts].reverse(), { candidates: 5 }).map((c) => ({
      ...c,
      promptIndex: 3 - c.promptIndex,
    }));
    expect(reversed.sort((a, b) => a.promptIndex - b.promptIndex)).toEqual(expected);
  });

  it("draws differently for another seed, key and candidate", () => {
    const long = { maxTokens: 40, stopIds: [] };
    const text = (list: Completion[]) => list.map(({ ids }) => ids.join(" "));
    const [first, second] = text(run([prompt("a", 1)], { ...long, candidates: 2 }));
    expect(second).not.toBe(first);
    expect(text(run([prompt("a", 1)], { ...long, seed: 8 }))[0]).not.toBe(first);
    expect(text(run([prompt("b", 1)], long))[0]).not.toBe(first);
    expect(text(run([prompt("a", 1)], long))[0]).toBe(first);
  });

  it("computes a prompt once for all its candidates", () => {
    const model = new MockModel(8, 64, hashed);
    run([prompt("a", 1, 2, 3, 4, 5)], { candidates: 8, maxTokens: 1 }, {}, model);
    expect(model.tokens).toBe(5);
    expect(model.rowsOfCalls).toEqual([1]);
  });

  it("computes a long prefix that prompts share once, with the same completions", () => {
    const prefix = Array.from({ length: 20 }, (_, i) => (3 * i) % 8);
    const list = [prompt("a", ...prefix, 1), prompt("b", ...prefix, 2, 3), prompt("c", ...prefix, 1, 4, 4)];
    const model = new MockModel(8, 64, hashed);
    const shared = run(list, { candidates: 2 }, {}, model);
    expect(model.rowsOfCalls.slice(0, 2)).toEqual([1, 3]);
    const alone = run(list, { candidates: 2 }, { maxPrefillTokens: 1 });
    expect(shared).toEqual(alone);
    const prompts1 = new MockModel(8, 64, hashed);
    run(list, { maxTokens: 1 }, {}, prompts1);
    expect(prompts1.tokens).toBe(20 + 1 + 2 + 3);
  });

  it("leaves an id of every prompt to be computed where one is the prefix of another", () => {
    const long = Array.from({ length: 24 }, (_, i) => i % 8);
    const model = new MockModel(8, 64, hashed);
    run([prompt("a", ...long), prompt("b", ...long.slice(0, 18))], { maxTokens: 1 }, {}, model);
    expect(model.tokens).toBe(17 + 7 + 1);
  });

  it("fills rows that become free, and never exceeds maxRows", () => {
    const model = new MockModel(8, 64, counting);
    // Lengths of answers: 8 - id tokens until 0.
    const many = [1, 7, 7, 7, 7].map((id, i) => prompt(String(i), id));
    const completions = run(many, { maxTokens: 10 }, { maxRows: 2 }, model);
    expect(completions.map(({ ids }) => ids.length)).toEqual([7, 1, 1, 1, 1]);
    expect(Math.max(...model.rowsOfCalls)).toBeLessThanOrEqual(2);
    // 7 steps of the long row; the four short ones pass beside it.
    expect(model.rowsOfCalls).toHaveLength(1 + 6 + 3);
  });

  it("reports log-probabilities of the model itself, not of the warped distribution", () => {
    const completion = run(prompts, {
      sampling: { temperature: 0.5, topK: 2, repetitionPenalty: 1.5 },
    })[0] as Completion;
    let ids = [1, 2, 3];
    for (const [i, id] of completion.ids.entries()) {
      expect(completion.logProbs[i]).toBeCloseTo(logProbability(Float32Array.from(hashed(ids)), id), 6);
      ids = [...ids, id];
    }
  });

  it("samples from the warped distribution", () => {
    const sampling = { temperature: 0.8, topP: 0.9 };
    const draws = 4000;
    const completions = run(
      [prompt("a", 3)],
      { sampling, candidates: draws, maxTokens: 1, stopIds: [] },
      { maxRows: draws },
    );
    const { weights, total } = warpDistribution(Float32Array.from(hashed([3])), [], sampling);
    const terms = Array.from(weights, (weight, id) => {
      const expected = (draws * weight) / total;
      const seen = completions.filter(({ ids }) => ids[0] === id).length;
      return expected === 0 ? (seen === 0 ? 0 : Number.POSITIVE_INFINITY) : (seen - expected) ** 2 / expected;
    });
    const chiSquared = terms.reduce((a, b) => a + b);
    expect(chiSquared).toBeLessThan(24.3); // 0.1 % point for 7 degrees of freedom; the seed is fixed
  });

  it("counts prompt ids as repeated", () => {
    const sampling = { temperature: 0, repetitionPenalty: 10 };
    const model = new MockModel(3, 64, () => [5, 4, 1]);
    expect([...only(run([prompt("a", 0)], { sampling, stopIds: [], maxTokens: 3 }, {}, model)).ids]).toEqual([1, 2, 0]);
  });

  it("frees its caches when it is left early", () => {
    const model = new MockModel(8, 64, hashed);
    for (const _ of generate(model, prompts, { ...settings, maxTokens: 50 })) break;
    for (const cache of model.caches) expect(cache.freed).toBe(true);
  });

  it.each<[string, GenerationPrompt, Partial<GenerationSettings>, string, string]>([
    [
      "a prompt that does not fit",
      prompt("a", ...Array.from({ length: 60 }, () => 1)),
      {},
      "PROMPT_TOO_LONG",
      "prompts[0] has 60 tokens; with up to 6 new ones that is 66, more than the model's context of 64",
    ],
    ["an empty prompt", prompt("a"), {}, "INVALID_TOKEN", "prompts[0].ids is empty"],
    ["an id outside the vocabulary", prompt("a", 1, 8), {}, "INVALID_TOKEN", "prompts[0].ids[1] is 8"],
    [
      "no candidates",
      prompt("a", 1),
      { candidates: 0 },
      "INVALID_SAMPLING_PARAMETER",
      "candidates 0 must be a whole number from 1",
    ],
    ["no tokens", prompt("a", 1), { maxTokens: 0 }, "INVALID_SAMPLING_PARAMETER", "maxTokens 0"],
    ["a negative seed", prompt("a", 1), { seed: -1 }, "INVALID_SAMPLING_PARAMETER", "seed -1"],
    ["a stop id outside the vocabulary", prompt("a", 1), { stopIds: [9] }, "INVALID_TOKEN", "stopIds[0] is 9"],
    [
      "an empty stop sequence",
      prompt("a", 1),
      { stopSequences: [[]] },
      "INVALID_SAMPLING_PARAMETER",
      "stopSequences[0].length 0",
    ],
    [
      "a temperature below 0",
      prompt("a", 1),
      { sampling: { temperature: -2 } },
      "INVALID_SAMPLING_PARAMETER",
      "sampling.temperature -2",
    ],
  ])("refuses %s before it computes", (_, bad, changes, reason, message) => {
    const model = new MockModel(8, 64, hashed);
    const start = () => run([bad], changes, {}, model);
    expect(start).toThrow(message);
    expect(start).toThrow(expect.objectContaining({ reason }));
    expect(model.tokens).toBe(0);
  });
});
