import type { Backend } from "@srlm/tensor-kernels";
import { readModelConfig } from "../hugging-face/read-model-directory.ts";
import { LanguageModel } from "../language-model.ts";
import { checkMemory, type MemoryEstimate } from "../memory-estimate.ts";

/** A model directory and the digest of its content: two directories with one digest hold the same model. */
export interface ModelReference {
  readonly directory: string;
  readonly digest: string;
}

interface LoadedModel {
  readonly model: LanguageModel;
  readonly memory: MemoryEstimate;
}

/** Models in memory by digest, under a budget; the least recently used ones make room. */
export class ModelStore {
  private readonly backend: Backend;
  private readonly budgetBytes: number;
  /** In order of use, the latest last. */
  private readonly loaded = new Map<string, LoadedModel>();

  constructor(backend: Backend, budgetBytes: number) {
    this.backend = backend;
    this.budgetBytes = budgetBytes;
  }

  /**
   * The model, loaded if it is not here yet; valid until the next call. Throws MODEL_TOO_LARGE before reading any
   * weight of one that exceeds the budget by itself, or why the directory is no model (see `ModelDirectory.open`).
   */
  get(reference: ModelReference): LanguageModel {
    const { digest, directory } = reference;
    const entry = this.loaded.get(digest) ?? this.load(directory);
    this.loaded.delete(digest);
    this.loaded.set(digest, entry);
    return entry.model;
  }

  /** Digests of the models in memory, the least recently used first. */
  digests(): string[] {
    return [...this.loaded.keys()];
  }

  /** What the weights in memory leave of the budget: at least what one context of the model got last needs. */
  freeBytes(): number {
    return this.budgetBytes - this.sum(({ weightBytes }) => weightBytes);
  }

  free(): void {
    for (const { model } of this.loaded.values()) model.free();
    this.loaded.clear();
  }

  private load(directory: string): LoadedModel {
    const config = readModelConfig(directory);
    const memory = checkMemory(directory, config, "sampling", this.budgetBytes);
    for (const [digest, entry] of this.loaded) {
      if (this.sum(({ totalBytes }) => totalBytes) + memory.totalBytes <= this.budgetBytes) break;
      entry.model.free();
      this.loaded.delete(digest);
    }
    return { model: LanguageModel.load(this.backend, directory), memory };
  }

  private sum(bytes: (memory: MemoryEstimate) => number): number {
    return [...this.loaded.values()].reduce((total, { memory }) => total + bytes(memory), 0);
  }
}
