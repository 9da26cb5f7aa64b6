export interface KvCacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * Keys and values of the tokens seen so far, for a batch of sequences ("rows") of different lengths. Rows are extended
 * by `Backend.extend`, which also grows their storage.
 */
export interface KvCache {
  readonly shape: KvCacheShape;
  /** Number of rows. */
  readonly rows: number;
  /** Tokens in each row, a new array. */
  lengths(): Int32Array;
  /**
   * Row i becomes what row `rows[i]` was. Leaving a row out drops it; repeating one gives its prefix, computed once, to
   * several sequences, which grow apart from here on.
   */
  select(rows: Int32Array): void;
  /** Takes over the rows of `other` after its own, and leaves `other` without rows. */
  append(other: KvCache): void;
  /** Bytes held by keys and values. */
  bytes(): number;
  free(): void;
}
