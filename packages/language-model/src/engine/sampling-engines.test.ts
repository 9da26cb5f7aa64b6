/** Runs on the compiled engine: `tsc -b packages/language-model` goes before. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../language-model.ts";
import { generate } from "../sampling/generate.ts";
import type { Completion, GenerationSettings } from "../sampling/generation-request.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { SamplingEngines } from "./sampling-engines.ts";
import type { GenerateParams } from "./sampling-handlers.ts";

const folder = mkdtempSync(join(tmpdir(), "sampling-engines-"));
const model = { directory: join(folder, "model"), digest: "digest" };
const settings: GenerationSettings = {
  sampling: { temperature: 1 },
  candidates: 2,
  maxTokens: 12,
  stopIds: [2],
  stopSequences: [],
  seed: 3,
};
const prompts = Array.from({ length: 6 }, (_, i) => ({
  key: `p${i}`,
  ids: Int32Array.from({ length: 2 + i }, (__, j) => (i + j) % 11),
}));
const engines = new SamplingEngines({ size: 2, memoryBudgetBytes: 64 * 2 ** 20, backend: "wasm" });
let backend: Backend;
let expected: Completion[];
let scores: Float32Array[];

beforeAll(async () => {
  backend = await createBackend("wasm");
  const local = LanguageModel.initialise(backend, tinyConfig, { seed: 1, embeddingStd: 0.5 });
  local.save(model.directory);
  expected = sorted([...generate(local, prompts, settings)].flat());
  scores = local.scoreTokens(prompts.map(({ ids }) => ids));
  local.free();
});
afterAll(async () => {
  await engines.close();
  rmSync(folder, { recursive: true });
});

function sorted(completions: Completion[]): Completion[] {
  return completions.sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
}

async function run(pool: SamplingEngines, changes: Partial<GenerateParams> = {}, signal?: AbortSignal) {
  const completions: Completion[] = [];
  const result = await pool.generate(
    { model, prompts, settings, ...changes },
    (list) => completions.push(...list),
    signal,
  );
  return { completions: sorted(completions), ...result };
}

describe("SamplingEngines", () => {
  it("samples and scores in child processes what this process would", async () => {
    const [first, second] = await Promise.all([run(engines), run(engines)]);
    expect(first.completions).toEqual(expected);
    expect(second.completions).toEqual(expected);
    expect(first.refused).toEqual([]);
    expect(first.fingerprint).toBe(backend.info.fingerprint);
    const scored = await engines.score({ model, sequences: prompts.map(({ ids }) => ids) });
    expect(scored).toEqual({ scores, fingerprint: backend.info.fingerprint });
  });

  it("says what answers", async () => {
    expect(await engines.describe()).toEqual({
      fingerprint: backend.info.fingerprint,
      backend: "wasm",
      batchInvariant: backend.info.batchInvariant,
      memoryBudgetBytes: 64 * 2 ** 20,
    });
  });

  it("says it while an engine is busy, without waiting for it", async () => {
    const one = new SamplingEngines({ size: 1, memoryBudgetBytes: 2 ** 26, backend: "wasm" });
    const described = await one.describe();
    const controller = new AbortController();
    const long = { ...settings, candidates: 20_000, stopIds: [] };
    let ended = false;
    const busy = one
      .generate({ model, prompts, settings: long }, () => {}, controller.signal)
      .finally(() => {
        ended = true;
      });
    expect(await one.describe()).toEqual(described);
    expect(ended).toBe(false);
    controller.abort();
    await expect(busy).rejects.toMatchObject({ reason: "CANCELLED" });
    await one.close();
  });

  it("refuses a prompt that does not fit by itself and answers the others", async () => {
    const long = { key: "long", ids: new Int32Array(25) };
    const { completions, refused } = await run(engines, { prompts: [prompts[0], long, prompts[1]] as typeof prompts });
    expect(refused).toMatchObject([
      { promptIndex: 1, error: { reason: "PROMPT_TOO_LONG", field: "prompts[1]", value: "25" } },
    ]);
    const renamed = expected
      .filter(({ promptIndex }) => promptIndex < 2)
      .map((c) => ({ ...c, promptIndex: 2 * c.promptIndex }));
    expect(completions).toEqual(renamed);
  });

  it("passes on what is wrong with a model, a setting or a budget", async () => {
    const missing = { directory: join(folder, "none"), digest: "none" };
    await expect(run(engines, { model: missing })).rejects.toMatchObject({ reason: "MODEL_NOT_FOUND" });
    await expect(run(engines, { settings: { ...settings, maxTokens: 0 } })).rejects.toMatchObject({
      field: "maxTokens",
    });
    await expect(engines.score({ model, sequences: [[1, 99]] })).rejects.toMatchObject({ reason: "INVALID_TOKEN" });
    const poor = new SamplingEngines({ size: 1, memoryBudgetBytes: 1000, backend: "wasm" });
    await expect(run(poor)).rejects.toThrow("the budget is 1000 bytes");
    await poor.close();
  });

  it("crosses a killed engine: the request fails, a repeated one gives the same completions", async () => {
    const one = new SamplingEngines({ size: 1, memoryBudgetBytes: 2 ** 26, backend: "wasm" });
    await one.describe();
    const killed = one.generate({ model, prompts, settings: { ...settings, candidates: 200 } }, () => {
      for (const pid of one.pids()) process.kill(pid, "SIGKILL");
    });
    await expect(killed).rejects.toMatchObject({ reason: "ENGINE_CRASHED" });
    expect((await run(one)).completions).toEqual(expected);
    await one.close();
    expect(one.pids()).toEqual([]);
  });

  it("cancels in the middle of sampling", async () => {
    const controller = new AbortController();
    const long = { ...settings, candidates: 2000, stopIds: [] };
    const cancelled = engines.generate({ model, prompts, settings: long }, () => controller.abort(), controller.signal);
    await expect(cancelled).rejects.toMatchObject({ reason: "CANCELLED" });
    expect((await run(engines)).completions).toEqual(expected);
  });
});
