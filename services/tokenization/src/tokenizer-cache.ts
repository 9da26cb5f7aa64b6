import type { ArtifactRef, ArtifactStore } from "@srlm/artifacts";
import { required } from "@srlm/service-kit";
import { loadTokenizer, type Tokenizer } from "@srlm/tokenizer";

/** Tokenizers in memory: a run uses one or two, and one of 128k tokens takes some 50 MB. */
const capacity = 8;

/** Loaded tokenizers by artifact digest; the least recently used makes room. */
export class TokenizerCache {
  readonly #artifacts: ArtifactStore;
  /** In order of use, the latest last. */
  readonly #loaded = new Map<string, Promise<Tokenizer>>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** The tokenizer of a directory artifact. FIELD_REQUIRED, ARTIFACT_NOT_FOUND, TOKENIZER_MISSING, TOKENIZER_UNSUPPORTED. */
  async get(tokenizer: ArtifactRef | undefined, field: string): Promise<Tokenizer> {
    const ref = required(tokenizer, field);
    const known = this.#loaded.get(ref.sha256);
    this.#loaded.delete(ref.sha256);
    const loading = known ?? this.#load(ref);
    this.#loaded.set(ref.sha256, loading);
    for (const digest of this.#loaded.keys()) {
      if (this.#loaded.size <= capacity) break;
      this.#loaded.delete(digest);
    }
    // A failure is not kept: the artifact may arrive later.
    loading.catch(() => this.#loaded.delete(ref.sha256));
    return loading;
  }

  async #load(ref: ArtifactRef): Promise<Tokenizer> {
    return loadTokenizer(await this.#artifacts.materialize(ref));
  }
}
