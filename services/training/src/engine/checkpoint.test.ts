import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel, type LlamaConfig, TrainableModel } from "@srlm/language-model";
import { createBackend } from "@srlm/tensor-kernels";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isOfEngine, readReference, restoreCheckpoint, writeCheckpoint } from "./checkpoint.ts";

const config: LlamaConfig = {
  vocabSize: 12,
  hiddenSize: 8,
  intermediateSize: 8,
  layerCount: 1,
  headCount: 1,
  keyValueHeadCount: 1,
  headDimension: 8,
  rmsNormEpsilon: 1e-5,
  maxPositions: 8,
  ropeTheta: 100,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [],
  padTokenId: null,
};
const optimizer = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 };
const log = { step: 0, loss: 1.5, learningRate: 0, gradientNorm: 0.25, tokens: 7, figures: { margin: 1e-17 } };

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "srlm-checkpoint-")), "state");
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

it("gives weights, log, reference and engine back exactly", async () => {
  const backend = await createBackend("cpu");
  const model = LanguageModel.initialise(backend, config, { seed: 1 });
  const reference = { chosen: Float64Array.of(-1 / 3, -2e-9), rejected: Float64Array.of(-7, -0.1) };
  writeCheckpoint(directory, new TrainableModel(model, optimizer), [log], reference, "engine one");
  const other = LanguageModel.initialise(backend, config, { seed: 2 });
  expect(restoreCheckpoint(directory, new TrainableModel(other, optimizer))).toEqual([log]);
  expect(other.export()).toEqual(model.export());
  expect(readReference(directory)).toEqual(reference);
  expect(isOfEngine(directory, "engine one")).toBe(true);
  expect(isOfEngine(directory, "engine two")).toBe(false);
});

it("has no reference where there was none", async () => {
  const model = LanguageModel.initialise(await createBackend("cpu"), config, { seed: 1 });
  writeCheckpoint(directory, new TrainableModel(model, optimizer), [], undefined, "engine");
  expect(readReference(directory)).toBeUndefined();
});
