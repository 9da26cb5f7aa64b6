/**
 * Causal attention of one query over the first n keys of its sequence, for one head of width K:
 *
 *   s_j = scale q . k_j,   L = log sum_j exp(s_j),   p_j = exp(s_j - L),   o = sum_j p_j v_j        (j < n)
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017. Sums run over ascending j in f64, by the same code for
 * training and for cached decoding: so the two agree to the bit, and no sequence sees another one.
 */
import { exp } from "./exp.ts";
import { addWeightedRows, copyRows, dotRows } from "./small-products.ts";

/** Sizes and layouts that forward and backward over a ragged batch share. */
export interface AttentionLayout {
  readonly offsets: Int32Array;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
}

/** One head's view of one sequence, copied to contiguous f64 rows, and scratch for one query. */
export class HeadScratch {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  private readonly query: Float64Array;
  private readonly scores: Float64Array;
  private readonly sums: Float64Array;
  private readonly headDim: number;
  private readonly scale: number;

  constructor(longestSequence: number, headDim: number, scale: number) {
    this.keys = new Float64Array(longestSequence * headDim);
    this.values = new Float64Array(longestSequence * headDim);
    this.query = new Float64Array(headDim);
    this.scores = new Float64Array(longestSequence);
    this.sums = new Float64Array(headDim);
    this.headDim = headDim;
    this.scale = scale;
  }

  /** Takes in `count` rows of a key/value head, which lie `stride` elements apart. */
  load(keys: Float32Array, values: Float32Array, base: number, stride: number, count: number): void {
    copyRows(this.keys, keys, base, stride, count, this.headDim);
    copyRows(this.values, values, base, stride, count, this.headDim);
  }

  /** Attends with the query at `at` over the first `count` rows, writes o at the same place of `out`; returns L. */
  attend(out: Float32Array, query: Float32Array, at: number, count: number): number {
    const { scores, sums, headDim } = this;
    copyRows(this.query, query, at, headDim, 1, headDim);
    dotRows(scores, 0, this.query, 0, this.keys, count, headDim);
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < count; j++) {
      const score = scores[j]! * this.scale;
      scores[j] = score;
      if (score > largest) largest = score;
    }
    let total = 0;
    for (let j = 0; j < count; j++) {
      const weight = exp(scores[j]! - largest);
      scores[j] = weight;
      total += weight;
    }
    sums.fill(0);
    addWeightedRows(sums, 0, scores, 0, 1, this.values, 0, count, headDim);
    for (let d = 0; d < headDim; d++) out[at + d] = sums[d]! / total;
    return largest + Math.log(total);
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
      for (let t = start; t < end; t++) {
        for (let h = g * group; h < (g + 1) * group; h++) {
          logSumExp[t * heads + h] = scratch.attend(out, query, (t * heads + h) * headDim, t - start + 1);
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
