import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "./language-model.ts";
import { generate } from "./sampling/generate.ts";
import type { GenerationSettings } from "./sampling/generation-request.ts";
import { logProbability } from "./sampling/warp-distribution.ts";
import { tinyConfig } from "./testing/tiny-config.ts";

const folder = mkdtempSync(join(tmpdir(), "language-model-"));
afterAll(() => rmSync(folder, { recursive: true }));
const config = { ...tinyConfig, vocabSize: 40, hiddenSize: 16, intermediateSize: 24 };
const settings: GenerationSettings = {
  sampling: { temperature: 1, topP: 0.95 },
  candidates: 3,
  maxTokens: 10,
  stopIds: [2],
  stopSequences: [],
  seed: 9,
};
const prompts = Array.from({ length: 7 }, (_, i) => ({
  key: `prompt ${i}`,
  ids: Array.from({ length: 1 + 3 * i }, (_, j) => (7 * i + 5 * j + 1) % 40),
}));

describe.each(["cpu", "wasm"] as const)("LanguageModel on %s", (name) => {
  let backend: Backend;
  let model: LanguageModel;
  beforeAll(async () => {
    backend = await createBackend(name);
    model = LanguageModel.initialise(backend, config, { seed: 1, embeddingStd: 0.5 });
  });
  afterAll(() => model.free());

  it("returns from a directory as it was saved", () => {
    model.save(folder);
    const again = LanguageModel.load(backend, folder);
    expect(again.export()).toEqual(model.export());
    expect(again.scoreTokens([[1, 2, 3]])).toEqual(model.scoreTokens([[1, 2, 3]]));
    again.free();
  });

  it("leaves nothing behind where reading the weights fails half-way", () => {
    const before = backend.memory().tensors;
    let reads = 0;
    const failing = () =>
      new LanguageModel(backend, config, ({ shape }) => {
        if (++reads === 5) throw new Error("disk");
        return new Float32Array(shape.reduce((a, b) => a * b, 1));
      });
    expect(failing).toThrow("disk");
    expect(backend.memory().tensors).toBe(before);
  });

  it("scores a sequence the same alone, among others and in any batch size", () => {
    const sequences = prompts.map(({ ids }) => ids);
    const together = model.scoreTokens(sequences);
    expect(together.map((scores) => scores.length)).toEqual(sequences.map((ids) => ids.length - 1));
    for (const [i, ids] of sequences.entries()) {
      const [alone] = model.scoreTokens([ids]);
      expect(distance(alone as Float32Array, together[i] as Float32Array)).toBeLessThanOrEqual(
        rounding(backend.info.batchInvariant),
      );
    }
    expect(model.scoreTokens(sequences, 1).map((s) => s.length)).toEqual(together.map((s) => s.length));
  });

  it("decodes with a cache to the log-probabilities of the whole sequence", () => {
    const completions = [...generate(model, prompts, settings)].flat();
    expect(completions).toHaveLength(21);
    for (const { promptIndex, ids, logProbs } of completions) {
      const prompt = (prompts[promptIndex] as (typeof prompts)[number]).ids;
      const scores = model.scoreTokens([[...prompt, ...ids]])[0] as Float32Array;
      expect(distance(logProbs, scores.slice(prompt.length - 1))).toBeLessThanOrEqual(rounding(false));
    }
  });

  it("samples the same completions for any number of rows and size of prefill", () => {
    const run = (maxRows: number, maxPrefillTokens: number) =>
      [...generate(model, prompts, settings, { maxRows, maxPrefillTokens })]
        .flat()
        .sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
    const expected = run(256, 4096);
    for (const other of [run(1, 1), run(4, 30), run(9, 1000)]) {
      for (const [i, { ids, logProbs }] of other.entries()) {
        expect(ids).toEqual(expected[i]?.ids);
        expect(distance(logProbs, expected[i]?.logProbs as Float32Array)).toBeLessThanOrEqual(
          rounding(backend.info.batchInvariant),
        );
      }
    }
  });

  it("gives the logits of a prefix in one piece or in several", () => {
    const ids = [3, 1, 4, 1, 5, 9, 2, 6];
    const whole = model.createCache(1);
    const pieces = model.createCache(1);
    const expected = model.extend(whole, Int32Array.from(ids), Int32Array.of(0, 8));
    model.extend(pieces, Int32Array.from(ids.slice(0, 3)), Int32Array.of(0, 3));
    const actual = model.extend(pieces, Int32Array.from(ids.slice(3)), Int32Array.of(0, 5));
    expect(distance(actual, expected)).toBeLessThanOrEqual(rounding(backend.info.batchInvariant));
    expect(logProbability(actual, 7)).toBeCloseTo(logProbability(expected, 7), 5);
    whole.free();
    pieces.free();
  });
});

/** Largest distance allowed: none where the backend promises the same bits, else that of f32 rounding. */
function rounding(sameBits: boolean): number {
  return sameBits ? 0 : 2e-5;
}

function distance(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(0, ...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
}
