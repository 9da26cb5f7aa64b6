import type { KvCache } from "@srlm/tensor-kernels";

/** What sampling needs of a model: token ids in, logits out. `LanguageModel` is one; tests use a mock. */
export interface DecodeModel {
  readonly vocabSize: number;
  readonly maxPositions: number;
  /** A cache of `rows` empty sequences, which the caller frees. */
  createCache(rows: number): KvCache;
  /**
   * Appends ids[offsets[b] .. offsets[b+1]-1] to row b of the cache and returns the logits after each row's last token,
   * [rows, vocabSize].
   */
  extend(cache: KvCache, ids: Int32Array, offsets: Int32Array): Float32Array;
}
