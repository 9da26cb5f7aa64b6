import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LanguageModel } from "../language-model.ts";
import { estimateMemory } from "../memory-estimate.ts";
import type { Completion } from "../sampling/generation-request.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { ModelStore } from "./model-store.ts";
import { samplingHandlers } from "./sampling-handlers.ts";

const folder = mkdtempSync(join(tmpdir(), "sampling-handlers-"));
const reference = { directory: folder, digest: "digest" };
const prompts = Array.from({ length: 7 }, (_, i) => ({
  key: `p${i}`,
  ids: Array.from({ length: 1 + 2 * i }, (__, j) => (3 * i + j) % 11),
}));
const settings = {
  sampling: { temperature: 1 },
  candidates: 3,
  maxTokens: 8,
  stopIds: [2],
  stopSequences: [],
  seed: 5,
};
const least = estimateMemory(tinyConfig, "sampling").totalBytes;
let backend: Backend;

beforeAll(async () => {
  backend = await createBackend("wasm");
  const model = LanguageModel.initialise(backend, tinyConfig, { seed: 1, embeddingStd: 0.5 });
  model.save(folder);
  model.free();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Completions, scores, and how often the model was run, with this budget. */
async function run(budgetBytes: number) {
  const store = new ModelStore(backend, budgetBytes);
  const handlers = samplingHandlers(backend, store, budgetBytes);
  const completions: Completion[] = [];
  let pauses = 0;
  const context = {
    signal: new AbortController().signal,
    progress: (list: unknown) => completions.push(...(list as Completion[])),
    pause: async () => {
      pauses++;
    },
  };
  await handlers.generate({ model: reference, prompts, settings } as never, context);
  const steps = pauses;
  const sequences = prompts.slice(1).map(({ ids }) => ids);
  const { scores } = (await handlers.score({ model: reference, sequences } as never, context)) as {
    scores: Float32Array[];
  };
  store.free();
  completions.sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
  return { completions, scores, steps };
}

it("samples in as many rows as memory allows, and the same to the last bit with one row as with many", async () => {
  const rich = await run(2 ** 26);
  expect(rich.completions).toHaveLength(21);
  expect(rich.steps).toBeLessThanOrEqual(settings.maxTokens);
  const poor = await run(least);
  expect(poor.steps).toBeGreaterThan(5 * rich.steps);
  expect(poor.completions).toEqual(rich.completions);
  expect(poor.scores).toEqual(rich.scores);
  for (const budget of [1.5 * least, 2 * least, 4 * least]) {
    expect(await run(budget)).toMatchObject({ completions: rich.completions, scores: rich.scores });
  }
});

it("refuses a model that has no room for one row", async () => {
  await expect(run(least - 1)).rejects.toMatchObject({ reason: "MODEL_TOO_LARGE" });
});
