import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../language-model.ts";
import { estimateMemory } from "../memory-estimate.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { ModelStore } from "./model-store.ts";

const folder = mkdtempSync(join(tmpdir(), "model-store-"));
const modelBytes = estimateMemory(tinyConfig, "sampling").totalBytes;
let backend: Backend;

beforeAll(async () => {
  backend = await createBackend("cpu");
  for (const seed of [1, 2, 3]) {
    const model = LanguageModel.initialise(backend, tinyConfig, { seed });
    model.save(join(folder, String(seed)));
    model.free();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function reference(seed: number) {
  return { directory: join(folder, String(seed)), digest: `digest-${seed}` };
}

describe("ModelStore", () => {
  it("loads a digest once and drops the least recently used one for room", () => {
    const before = backend.memory().tensors;
    const store = new ModelStore(backend, 2 * modelBytes);
    const first = store.get(reference(1));
    store.get(reference(2));
    expect(store.get(reference(1))).toBe(first);
    store.get(reference(3));
    expect(store.digests()).toEqual(["digest-1", "digest-3"]);
    expect(store.get({ directory: "moved away", digest: "digest-1" })).toBe(first);
    store.free();
    expect(backend.memory().tensors).toBe(before);
  });

  it("refuses a model above the budget by its configuration alone, and keeps what it holds", () => {
    const store = new ModelStore(backend, modelBytes - 1);
    rmSync(join(folder, "3", "model.safetensors"));
    expect(() => store.get(reference(3))).toThrow(/sampling needs .* the budget is .*; use a smaller model/);
    expect(() => store.get(reference(3))).toThrow(expect.objectContaining({ reason: "MODEL_TOO_LARGE" }));
    expect(store.digests()).toEqual([]);
  });

  it("says why a directory is no model", () => {
    const store = new ModelStore(backend, modelBytes);
    expect(() => store.get({ directory: join(folder, "none"), digest: "x" })).toThrow("has no config.json");
  });
});
