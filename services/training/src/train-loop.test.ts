import { describe, expect, it } from "vitest";
import { NextTokenObjective } from "./objectives/next-token.ts";
import { PreferenceObjective, referenceLogProbs } from "./objectives/preference.ts";
import { BigramModel, testRandom } from "./testing/bigram-model.ts";
import { type LoopOptions, trainLoop } from "./train-loop.ts";

const vocabulary = 11;
const ids = (seed: number, length: number) =>
  Uint32Array.from({ length }, (_, i) => Math.floor(testRandom(seed, i) * vocabulary));
const examples = Array.from({ length: 24 }, (_, i) => ({
  promptIds: ids(i, 2 + (i % 4)),
  completionIds: ids(100 + i, 1 + (i % 5)),
}));
const pairs = examples.map(({ promptIds, completionIds }, i) => ({
  promptIds,
  chosenIds: completionIds,
  rejectedIds: ids(200 + i, 1 + (i % 3)),
}));
const options: LoopOptions = {
  learningRate: 0.5,
  schedule: { kind: "linear", warmupSteps: 2, finalRatio: 0.1 },
  steps: 12,
  maxGradientNorm: 1,
  dropout: { rate: 0, seed: 1 },
};

const sft = (microBatchSize: number) =>
  new NextTokenObjective(
    [
      { name: "ift", examples, batchSize: 6, promptLossWeight: 0.1, weight: 1 },
      { name: "eft", examples: examples.slice(0, 9), batchSize: 3, promptLossWeight: 0, weight: 0.5 },
    ],
    microBatchSize,
    testRandom,
  );
const dpo = (model: BigramModel, microBatchSize: number) =>
  new PreferenceObjective(
    pairs,
    referenceLogProbs(model, pairs, 5),
    { beta: 0.1, nllWeight: 0.2, batchSize: 8, microBatchSize },
    testRandom,
  );

describe("trainLoop", () => {
  it("lowers the next-token loss", () => {
    const logs = [...trainLoop(new BigramModel(vocabulary), sft(0), { ...options, steps: 80 })];
    expect(logs).toHaveLength(80);
    const mean = (part: typeof logs) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(logs.slice(-12))).toBeLessThan(0.8 * mean(logs.slice(0, 12)));
    expect(logs[0]!.learningRate).toBe(0);
    expect(logs[2]!.learningRate).toBe(0.5);
  });

  it("adds the sources' means by their weights", () => {
    const first = trainLoop(new BigramModel(vocabulary), sft(0), options).next().value!;
    const { loss, figures } = first;
    expect(loss).toBeCloseTo(figures["loss_ift"]! + 0.5 * figures["loss_eft"]!, 12);
  });

  it.each(["sft", "dpo"] as const)("gives the same training in micro-batches of 2 as in whole steps: %s", (kind) => {
    const train = (microBatchSize: number) => {
      const model = new BigramModel(vocabulary);
      const objective = kind === "sft" ? sft(microBatchSize) : dpo(model, microBatchSize);
      const logs = [...trainLoop(model, objective, options)];
      return { logs, logits: model.logits };
    };
    const whole = train(0);
    const parts = train(2);
    parts.logits.forEach((logit, i) => expect(logit).toBeCloseTo(whole.logits[i]!, 6));
    parts.logs.forEach((log, i) => expect(log.loss).toBeCloseTo(whole.logs[i]!.loss, 6));
  });

  it("begins DPO at ln 2 with margin 0, and prefers the chosen answers in the end", () => {
    const model = new BigramModel(vocabulary);
    const logs = [...trainLoop(model, dpo(model, 0), { ...options, steps: 60 })];
    expect(logs[0]!.figures["sigmoid_loss"]).toBeCloseTo(Math.LN2, 6);
    expect(logs[0]!.figures["margin"]).toBeCloseTo(0, 6);
    expect(logs[59]!.figures["accuracy"]).toBeGreaterThan(0.8);
    expect(logs[59]!.figures["margin"]).toBeGreaterThan(0);
  });

  it("goes on after an interruption exactly as without one", () => {
    const whole = new BigramModel(vocabulary);
    const logs = [...trainLoop(whole, sft(0), options)];
    const first = new BigramModel(vocabulary);
    for (const { step } of trainLoop(first, sft(0), options)) if (step === 4) break;
    const resumed = new BigramModel(vocabulary, first.logits);
    expect([...trainLoop(resumed, sft(0), options, 5)]).toEqual(logs.slice(5));
    expect(resumed.logits).toEqual(whole.logits);
  });

  it("keys dropout by the place of a sequence in the step, however the step is split", () => {
    const keys = (microBatchSize: number) => {
      const model = new BigramModel(vocabulary);
      const dropout = { rate: 0.1, seed: 1 };
      for (const _ of trainLoop(model, sft(microBatchSize), { ...options, steps: 1, dropout }));
      return model.dropoutKeys;
    };
    expect(keys(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(keys(2)).toEqual(keys(0));
  });

  it("keys the dropout of a pair's two answers apart, and by the pair's place, however the step is split", () => {
    const keysBySequence = (microBatchSize: number) => {
      const model = new BigramModel(vocabulary);
      const keys = new Map<string, number>();
      const accumulate = model.accumulateGradients.bind(model);
      model.accumulateGradients = (batch, ...rest) => {
        batch.dropoutKeys.forEach((key, b) => {
          keys.set(batch.ids.slice(batch.offsets[b], batch.offsets[b + 1]).join(), key);
        });
        return accumulate(batch, ...rest);
      };
      const dropout = { rate: 0.1, seed: 1 };
      for (const _ of trainLoop(model, dpo(model, microBatchSize), { ...options, steps: 1, dropout }));
      return keys;
    };
    const whole = keysBySequence(0);
    expect([...whole.values()].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(keysBySequence(4)).toEqual(whole);
  });

  it("stops on a loss that is not finite, naming the step", () => {
    const broken = new BigramModel(vocabulary, new Float64Array(vocabulary * vocabulary).fill(Number.NaN));
    expect(() => [...trainLoop(broken, sft(0), options)]).toThrow(
      expect.objectContaining({ reason: "NON_FINITE_LOSS" }),
    );
    expect(() => [...trainLoop(broken, sft(0), options, 3)]).toThrow("the loss is NaN in step 3");
  });

  it("stops on a batch without target tokens", () => {
    const empty = [{ promptIds: Uint32Array.of(1, 2), completionIds: new Uint32Array(0) }];
    const source = { name: "ift", examples: empty, batchSize: 1, promptLossWeight: 0, weight: 1 };
    const objective = new NextTokenObjective([source], 0, testRandom);
    expect(() => [...trainLoop(new BigramModel(vocabulary), objective, options)]).toThrow(
      expect.objectContaining({ reason: "NO_TARGET_TOKENS" }),
    );
  });
});
