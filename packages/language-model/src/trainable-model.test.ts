import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NamedTensor } from "./hugging-face/safetensors.ts";
import { LanguageModel } from "./language-model.ts";
import type { LlamaConfig } from "./llama/llama-config.ts";
import { tinyConfig } from "./testing/tiny-config.ts";
import { packBatch } from "./token-batch.ts";
import { type OptimizerSettings, TrainableModel } from "./trainable-model.ts";

const folder = mkdtempSync(join(tmpdir(), "trainable-model-"));
afterAll(() => rmSync(folder, { recursive: true }));
const optimizer: OptimizerSettings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 };
const batch = packBatch(
  [
    { ids: [1, 5, 3, 9, 2], firstTarget: 1 },
    { ids: [7, 8, 1], firstTarget: 1 },
  ],
  tinyConfig,
);
const targets = batch.targets.length;

function meanLoss(logProbs: Float32Array): number {
  return -logProbs.reduce((a, b) => a + b, 0) / targets;
}

function train(trained: TrainableModel, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    const logProbs = trained.accumulateGradients(batch, () => new Float32Array(targets).fill(-1 / targets), {
      rate: 0.1,
      seed: 3,
    });
    trained.update(5e-3, 1);
    return meanLoss(logProbs);
  });
}

describe("TrainableModel", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend("cpu");
  });

  function fresh(settings = optimizer, config: LlamaConfig = tinyConfig): TrainableModel {
    return new TrainableModel(LanguageModel.initialise(backend, config, { seed: 1 }), settings);
  }

  it("learns a batch by heart", () => {
    const trained = fresh();
    const losses = train(trained, 100);
    expect(losses[0]).toBeGreaterThan(2);
    expect(meanLoss(trained.model.logProbabilities(batch))).toBeLessThan(0.2);
    expect(trained.step).toBe(100);
  });

  it("goes on from a saved state bit for bit", () => {
    const path = join(folder, "state.safetensors");
    const first = fresh();
    train(first, 4);
    first.saveState(path);
    const expected = train(first, 4);
    const second = fresh({ ...optimizer });
    train(second, 1);
    second.restoreState(path);
    expect(second.step).toBe(4);
    expect(train(second, 4)).toEqual(expected);
    for (const [i, { data }] of second.model.export().entries()) expect(data).toEqual(first.model.export()[i]?.data);
  });

  it("refuses a state of another model or no state, and changes nothing", () => {
    const path = join(folder, "other.safetensors");
    fresh(optimizer, { ...tinyConfig, vocabSize: 12 }).saveState(path);
    const trained = fresh();
    const before = trained.model.export();
    expect(() => trained.restoreState(path)).toThrow(
      'has no tensor "value/model.embed_tokens.weight" of shape [11, 8]',
    );
    trained.model.save(folder);
    expect(() => trained.restoreState(join(folder, "model.safetensors"))).toThrow("names no step");
    expect(trained.model.export()).toEqual(before);
    expect(trained.step).toBe(0);
  });

  it("clips to the norm asked for and reports the norm before", () => {
    const trained = fresh();
    const accumulate = () => trained.accumulateGradients(batch, () => new Float32Array(targets).fill(-1));
    accumulate();
    const norm = trained.gradientNorm();
    expect(trained.update(0, norm / 2)).toEqual({ gradientNorm: norm, gradientScale: expect.closeTo(0.5, 5) });
    expect(trained.gradientNorm()).toBe(0);
    accumulate();
    expect(trained.update(0, norm * 2).gradientScale).toBe(1);
  });

  it("decays the tensors that it is told to", () => {
    const trained = fresh({ ...optimizer, weightDecay: 0.5, decays: (name) => name.endsWith("q_proj.weight") });
    const before = trained.model.export();
    trained.update(0.1); // without gradient, only decay moves weights
    const after = trained.model.export();
    for (const [i, { name, data }] of before.entries()) {
      const factor = name.endsWith("q_proj.weight") ? 1 - 0.1 * 0.5 : 1;
      const moved = (after[i] as NamedTensor).data;
      expect(Math.max(...moved.map((x, j) => Math.abs(x - factor * (data[j] as number))))).toBeLessThan(1e-7);
    }
  });

  it("stops at a gradient that is not finite, with nothing changed", () => {
    const trained = fresh();
    const before = trained.model.export();
    trained.accumulateGradients(batch, () => new Float32Array(targets).fill(Number.NaN));
    expect(() => trained.update(1e-3)).toThrow(expect.objectContaining({ reason: "NON_FINITE_GRADIENT" }));
    expect(() => trained.update(1e-3)).toThrow("the gradient of step 0 (from 0) has norm NaN");
    expect(trained.model.export()).toEqual(before);
    expect(trained.step).toBe(0);
  });
});
