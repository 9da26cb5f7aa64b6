/** Log-probabilities, logits and greedy answers of the fixture models, against transformers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GenerationSettings, generate, LanguageModel, ModelDirectory, packBatch } from "@srlm/language-model";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixturesPresent, golden, modelCases, modelDirectory, unsupported } from "./fixtures.ts";
import { largestError, valueTolerance } from "./tolerance.ts";
import { unsupportedModel } from "./unsupported-model.ts";

interface ForwardGolden {
  models: Record<
    string,
    {
      sequences: { ids: number[]; next_logprobs: number[]; last_logits: number[]; greedy: number[] }[];
      batch: Record<"left" | "right", { sum_next_logprobs: number[] }>;
    }
  >;
}

const greedy: GenerationSettings = {
  sampling: { temperature: 0 },
  candidates: 1,
  maxTokens: 16,
  stopIds: [],
  stopSequences: [],
  seed: 0,
};

describe.runIf(fixturesPresent)("forward", () => {
  for (const [name, values] of modelCases("forward", "forward.json", golden<ForwardGolden>("forward.json")?.models)) {
    const reason = unsupportedModel(name);
    if (reason !== undefined) {
      unsupported(`forward ${name}`, reason);
      continue;
    }
    describe.each(["wasm", "cpu"] as const)(`${name} on %s`, (backendName) => {
      const { sequences, batch } = values;
      let backend: Backend;
      let model: LanguageModel;
      beforeAll(async () => {
        backend = await createBackend(backendName);
        model = LanguageModel.load(backend, modelDirectory(name));
      });
      afterAll(() => model.free());

      it("next-token log-probabilities of all sequences in one ragged batch", () => {
        const packed = packBatch(
          sequences.map(({ ids }) => ({ ids, firstTarget: 1 })),
          model,
        );
        expect(
          largestError(
            model.logProbabilities(packed),
            sequences.flatMap(({ next_logprobs }) => next_logprobs),
          ),
        ).toBeLessThan(valueTolerance);
      });

      it("the same of each sequence alone, and their sums in the padded batches", () => {
        const scores = model.scoreTokens(sequences.map(({ ids }) => ids));
        for (const [i, { next_logprobs }] of sequences.entries())
          expect(largestError(scores[i] as Float32Array, next_logprobs)).toBeLessThan(valueTolerance);
        const sums = scores.map((values) => values.reduce((a, b) => a + b, 0));
        expect(largestError(sums, batch.left.sum_next_logprobs)).toBeLessThan(valueTolerance);
        expect(largestError(sums, batch.right.sum_next_logprobs)).toBeLessThan(valueTolerance);
      });

      it("logits after the last token, prefilled in one batch", () => {
        const cache = model.createCache(sequences.length);
        const ids = Int32Array.from(sequences.flatMap((sequence) => sequence.ids));
        const offsets = Int32Array.of(
          0,
          ...sequences.map((_, i) => sequences.slice(0, i + 1).flatMap((s) => s.ids).length),
        );
        expect(
          largestError(
            model.extend(cache, ids, offsets),
            sequences.flatMap(({ last_logits }) => last_logits),
          ),
        ).toBeLessThan(valueTolerance);
        cache.free();
      });

      it("greedy answers, cached", () => {
        const prompts = sequences.map(({ ids }, i) => ({ key: String(i), ids }));
        const answers = [...generate(model, prompts, greedy)].flat().sort((a, b) => a.promptIndex - b.promptIndex);
        expect(answers.map(({ ids }) => [...ids])).toEqual(sequences.map((sequence) => sequence.greedy));
      });

      it("reads back what it writes", () => {
        const folder = mkdtempSync(join(tmpdir(), "srlm-parity-"));
        model.save(folder);
        const original = ModelDirectory.open(modelDirectory(name));
        const written = ModelDirectory.open(folder);
        expect(written.config).toEqual(original.config);
        for (const tensor of original.tensors) expect(written.read(tensor.name)).toEqual(original.read(tensor.name));
        original.close();
        written.close();
        rmSync(folder, { recursive: true });
      });
    });
  }
});
