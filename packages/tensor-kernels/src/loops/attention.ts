/**
 * Causal attention of one query over the first n keys of its sequence, for one head of width K:
 *
 *   s_j = scale q . k_j,   L = log sum_j exp(s_j),   p_j = exp(s_j - L),   o = sum_j p_j v_j        (j < n)
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017. Sums run over ascending j in f64, by the same code for
 * training and for cached decoding: so the two agree to the bit, and no sequence sees another one.
 */
import { exp } from "./exp.ts";
import { addOne, addTwo, copyRows, dotOne, dotTwo } from "./small-products.ts";

/** Sizes and layouts that forward and backward over a ragged batch share. */
export interface AttentionLayout {
  readonly offsets: Int32Array;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
}

/** One head's keys and values of one sequence, copied to contiguous f64 rows, and scratch for two queries. */
export class HeadScratch {
  /** L of the queries attended with last. */
  readonly logSumExp = new Float64Array(2);
  private readonly keys: Float64Array;
  private readonly values: Float64Array;
  private readonly queries: Float64Array;
  private readonly scores: Float64Array;
  private readonly sums: Float64Array;
  private readonly capacity: number;
  private readonly headDim: number;
  private readonly scale: number;

  constructor(longestSequence: number, headDim: number, scale: number) {
    this.keys = new Float64Array(longestSequence * headDim);
    this.values = new Float64Array(longestSequence * headDim);
    this.queries = new Float64Array(2 * headDim);
    this.scores = new Float64Array(2 * longestSequence);
    this.sums = new Float64Array(2 * headDim);
    this.capacity = longestSequence;
    this.headDim = headDim;
    this.scale = scale;
  }

  /** Takes in `count` rows of a key/value head, which lie `stride` elements apart. */
  load(keys: Float32Array, values: Float32Array, base: number, stride: number, count: number): void {
    copyRows(this.keys, keys, base, stride, count, this.headDim);
    copyRows(this.values, values, base, stride, count, this.headDim);
  }

  /**
   * Attends with the query at `at` over the first `count` rows and, where `queries` is 2, with the one at
   * `at + stride` over one row more. Writes o to the same places of `out`, and L.
   */
  attend(out: Float32Array, query: Float32Array, at: number, stride: number, queries: 1 | 2, count: number): void {
    const { scores, sums, headDim, capacity } = this;
    copyRows(this.queries, query, at, stride, queries, headDim);
    sums.fill(0);
    if (queries === 1) {
      dotOne(scores, 0, this.queries, 0, this.keys, count, headDim);
      const total = this.exponentiate(0, count);
      addOne(sums, 0, scores, 0, 1, this.values, 0, count, headDim);
      this.put(out, at, 0, total);
      return;
    }
    dotTwo(scores, 0, capacity, this.queries, 0, this.keys, count + 1, headDim);
    const total0 = this.exponentiate(0, count);
    const total1 = this.exponentiate(1, count + 1);
    // The first query does not see the second one's last key: adding 0 times its value changes no bit.
    scores[count] = 0;
    addTwo(sums, 0, scores, 0, capacity, 1, this.values, 0, count + 1, headDim);
    this.put(out, at, 0, total0);
    this.put(out, at + stride, 1, total1);
  }

  /** Turns the scores of query 0 or 1 into exp(s - largest s), sets its L and returns their sum. */
  private exponentiate(index: 0 | 1, count: number): number {
    const { scores, scale } = this;
    const begin = index * this.capacity;
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = begin; j < begin + count; j++) {
      const score = scores[j]! * scale;
      scores[j] = score;
      if (score > largest) largest = score;
    }
    let total = 0;
    for (let j = begin; j < begin + count; j++) {
      const weight = exp(scores[j]! - largest);
      scores[j] = weight;
      total += weight;
    }
    this.logSumExp[index] = largest + Math.log(total);
    return total;
  }

  private put(out: Float32Array, at: number, index: 0 | 1, total: number): void {
    const base = index * this.headDim;
    for (let d = 0; d < this.headDim; d++) out[at + d] = this.sums[base + d]! / total;
  }
}

/** Attention of all heads of a ragged batch; `query` and `key` are rotated already. */
export function attendRagged(
  out: Float32Array,
  logSumExp: Float32Array,
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  { offsets, heads, kvHeads, headDim, scale }: AttentionLayout,
): void {
  const scratch = new HeadScratch(longest(offsets), headDim, scale);
  const group = heads / kvHeads;
  const stride = kvHeads * headDim;
  for (let b = 0; b + 1 < offsets.length; b++) {
    const start = offsets[b]!;
    const end = offsets[b + 1]!;
    for (let g = 0; g < kvHeads; g++) {
      scratch.load(key, value, start * stride + g * headDim, stride, end - start);
      for (let h = g * group; h < (g + 1) * group; h++) {
        for (let t = start; t < end; t += 2) {
          const queries = t + 1 < end ? 2 : 1;
          scratch.attend(out, query, (t * heads + h) * headDim, heads * headDim, queries, t - start + 1);
          for (let i = 0; i < queries; i++) logSumExp[(t + i) * heads + h] = scratch.logSumExp[i]!;
        }
      }
    }
  }
}

export function longest(offsets: Int32Array): number {
  let most = 0;
  for (let b = 0; b + 1 < offsets.length; b++) most = Math.max(most, offsets[b + 1]! - offsets[b]!);
  return most;
}
