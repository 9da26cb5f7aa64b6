import type { KvCache, KvCacheShape } from "@srlm/tensor-kernels";
import type { DecodeModel } from "../sampling/decode-model.ts";

/** Remembers the ids of each row in place of keys and values. */
class MockCache implements KvCache {
  readonly shape: KvCacheShape = { layers: 0, kvHeads: 0, headDim: 0 };
  contents: number[][];
  freed = false;

  constructor(rows: number) {
    this.contents = Array.from({ length: rows }, () => []);
  }

  get rows(): number {
    return this.contents.length;
  }

  lengths(): Int32Array {
    return Int32Array.from(this.contents, (row) => row.length);
  }

  select(rows: Int32Array): void {
    this.contents = Array.from(rows, (row) => [...(this.contents[row] as number[])]);
  }

  append(other: KvCache): void {
    this.contents.push(...(other as MockCache).contents.splice(0));
  }

  bytes(): number {
    return 0;
  }

  free(): void {
    this.freed = true;
  }
}

/** A model whose logits are a function of the ids seen so far; it counts what it is asked to compute. */
export class MockModel implements DecodeModel {
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly caches: MockCache[] = [];
  /** Rows of each call of `extend`, and all tokens that it was given. */
  readonly rowsOfCalls: number[] = [];
  tokens = 0;
  private readonly logitsAfter: (ids: readonly number[]) => readonly number[];

  constructor(vocabSize: number, maxPositions: number, logitsAfter: (ids: readonly number[]) => readonly number[]) {
    this.vocabSize = vocabSize;
    this.maxPositions = maxPositions;
    this.logitsAfter = logitsAfter;
  }

  createCache(rows: number): KvCache {
    const cache = new MockCache(rows);
    this.caches.push(cache);
    return cache;
  }

  extend(cache: KvCache, ids: Int32Array, offsets: Int32Array): Float32Array {
    const { contents } = cache as MockCache;
    this.rowsOfCalls.push(contents.length);
    this.tokens += ids.length;
    return Float32Array.from(
      contents.flatMap((row, b) => {
        row.push(...ids.subarray(offsets[b], offsets[b + 1]));
        return this.logitsAfter(row);
      }),
    );
  }
}
