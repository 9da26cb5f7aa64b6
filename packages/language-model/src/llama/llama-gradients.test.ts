/** The written-out backward pass against finite differences of the forward pass, and properties of whole batches. */
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../language-model.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { packBatch, type TargetSequence, type TokenBatch } from "../token-batch.ts";
import { type DropoutSettings, TrainableModel } from "../trainable-model.ts";
import type { LlamaConfig } from "./llama-config.ts";

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
const sequences: TargetSequence[] = [
  { ids: [1, 5, 3, 9, 2], firstTarget: 2 },
  { ids: [4, 4], firstTarget: 1 },
  { ids: [10, 0, 7, 6, 8, 3, 1], firstTarget: 4 },
];

/** Weights away from zero and one, so that no term of a gradient vanishes. */
function build(backend: Backend, config: LlamaConfig): LanguageModel {
  return new LanguageModel(backend, config, ({ name, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const offset = name.endsWith("norm.weight") ? 1 : 0;
    const seed = Buffer.from(name).reduce((sum, letter) => sum + letter, 0);
    return Float32Array.from({ length: count }, (_, i) => offset + 0.4 * Math.sin(1.7 * i + seed));
  });
}

/** A loss with different slopes: sum of w_n log p_n. */
const slopes = [0.5, -1, 2, 0.3, -0.7, 1.1, 0.9];

function loss(logProbs: ArrayLike<number>): number {
  return slopes.reduce((sum, slope, n) => sum + slope * (logProbs[n] as number), 0);
}

function derivative(): Float32Array {
  return Float32Array.from(slopes);
}

const variants: [string, LlamaConfig, DropoutSettings | undefined][] = [
  ["tied, grouped queries", tinyConfig, undefined],
  [
    "untied, with biases",
    { ...tinyConfig, tiedEmbeddings: false, attentionBias: true, mlpBias: true, headDimension: 6 },
    undefined,
  ],
  ["with dropout", tinyConfig, { rate: 0.3, seed: 11 }],
];

describe("Llama gradients", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend("cpu");
  });

  it.each(variants)("agree with central differences: %s", (_, config, dropout) => {
    const model = build(backend, config);
    const trained = new TrainableModel(model, optimizer);
    const batch = packBatch(sequences, config);
    expect(batch.targets).toHaveLength(slopes.length);
    trained.accumulateGradients(batch, derivative, dropout);
    const step = 2e-3;
    for (const { name } of model.tensors) {
      const values = backend.download(model.parameter(name));
      const gradient = trained.gradient(name);
      const at = (changed: Float32Array) => {
        backend.write(model.parameter(name), changed);
        const probe = new TrainableModel(model, optimizer);
        const value = loss(probe.accumulateGradients(batch, derivative, dropout));
        probe.free();
        return value;
      };
      for (const i of new Set([0, 1, Math.floor(values.length / 2), values.length - 1])) {
        const difference =
          (at(values.with(i, (values[i] as number) + step)) - at(values.with(i, (values[i] as number) - step))) /
          (2 * step);
        // f32 rounding of the loss, about 1e-6, is divided by the step; the curvature's error is of second order in it.
        expect(Math.abs(difference - (gradient[i] as number))).toBeLessThan(4e-3 * Math.max(1, Math.abs(difference)));
      }
      backend.write(model.parameter(name), values);
    }
    trained.free();
    model.free();
  });

  it("with dropout drops, at the rate asked for, the same places for the same step", () => {
    const model = build(backend, tinyConfig);
    const trained = new TrainableModel(model, optimizer);
    const batch = packBatch(sequences, tinyConfig);
    const run = (dropout?: DropoutSettings) => trained.accumulateGradients(batch, derivative, dropout);
    expect(run({ rate: 0, seed: 1 })).toEqual(run());
    expect(run({ rate: 0.5, seed: 1 })).not.toEqual(run());
    expect(run({ rate: 0.5, seed: 1 })).toEqual(run({ rate: 0.5, seed: 1 }));
    expect(run({ rate: 0.5, seed: 2 })).not.toEqual(run({ rate: 0.5, seed: 1 }));
    trained.free();
    model.free();
  });

  it.each(["cpu", "wasm"] as const)("accumulates 3x1 as 1x3 to 1e-6, with dropout, on %s", async (name) => {
    const other = await createBackend(name);
    const model = build(other, tinyConfig);
    const trained = new TrainableModel(model, optimizer);
    const dropout = { rate: 0.3, seed: 4 };
    const whole = packBatch(sequences, tinyConfig);
    trained.accumulateGradients(whole, derivative, dropout);
    const expected = model.tensors.map((tensor) => trained.gradient(tensor.name));
    const norm = trained.gradientNorm();
    trained.zeroGradients();
    let done = 0;
    for (const [b, sequence] of sequences.entries()) {
      const batch: TokenBatch = packBatch([{ ...sequence, dropoutKey: b }], tinyConfig);
      const start = done;
      done += batch.targets.length;
      trained.accumulateGradients(batch, () => derivative().slice(start, done), dropout);
    }
    for (const [t, tensor] of model.tensors.entries()) {
      const gradient = trained.gradient(tensor.name);
      const largest = Math.max(...gradient.map((value, i) => Math.abs(value - (expected[t]?.[i] as number))));
      expect(largest / norm).toBeLessThan(1e-6);
    }
    trained.free();
    model.free();
  });

  it("leaves no tensor behind", () => {
    const before = backend.memory().tensors;
    const model = build(backend, tinyConfig);
    const trained = new TrainableModel(model, optimizer);
    const held = backend.memory().tensors;
    trained.accumulateGradients(packBatch(sequences, tinyConfig), derivative, { rate: 0.1, seed: 1 });
    trained.update(1e-3, 1);
    model.scoreTokens([[1, 2, 3]]);
    expect(backend.memory().tensors).toBe(held);
    trained.free();
    model.free();
    expect(backend.memory().tensors).toBe(before);
  });
});
