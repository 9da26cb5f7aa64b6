/**
 * Backward pass of causal attention, for one head, with g_t the gradient of o_t and  D_t = g_t . o_t  (notation of
 * attention.ts; j <= t):
 *
 *   p_tj = exp(scale q_t . k_j - L_t),   e_tj = scale p_tj (g_t . v_j - D_t)
 *   dq_t = sum_j e_tj k_j,   dk_j = sum_t e_tj q_t,   dv_j = sum_t p_tj g_t
 *
 * Source: Dao et al., "FlashAttention", 2022, appendix B: p is recomputed from L. Queries are taken in blocks, so that
 * p and e of a block (never of all pairs) are in memory while dk and dv sum over it. Sums over t run in ascending
 * order in f64, over the query heads of a group one after the other.
 */
import { type AttentionLayout, longest } from "./attention.ts";
import { exp } from "./exp.ts";
import { addOne, addTwo, copyRows, dotOne, dotTwo } from "./small-products.ts";

/** Queries in a block: enough to load and store each row of dk and dv seldom. */
const BLOCK = 32;

export interface AttentionGradients {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export interface AttentionForward extends AttentionGradients {
  readonly out: Float32Array;
  readonly logSumExp: Float32Array;
}

/** Contiguous f64 rows of one head of one sequence, and the block's probabilities and score gradients. */
interface Scratch {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly gradKeys: Float64Array;
  readonly gradValues: Float64Array;
  readonly queries: Float64Array;
  readonly gradOuts: Float64Array;
  readonly probabilities: Float64Array;
  readonly gradScores: Float64Array;
  readonly gradQueries: Float64Array;
}

function makeScratch(rows: number, headDim: number): Scratch {
  const matrix = (): Float64Array => new Float64Array(rows * headDim);
  return {
    keys: matrix(),
    values: matrix(),
    gradKeys: matrix(),
    gradValues: matrix(),
    queries: new Float64Array(BLOCK * headDim),
    gradOuts: new Float64Array(BLOCK * headDim),
    probabilities: new Float64Array(BLOCK * rows),
    gradScores: new Float64Array(BLOCK * rows),
    gradQueries: new Float64Array(2 * headDim),
  };
}

/** Writes the gradients of rotated queries, rotated keys and values; what they held before does not matter. */
export function attendRaggedBackward(
  grads: AttentionGradients,
  gradOut: Float32Array,
  forward: AttentionForward,
  layout: AttentionLayout,
): void {
  const { offsets, heads, kvHeads, headDim } = layout;
  const scratch = makeScratch(longest(offsets), headDim);
  const group = heads / kvHeads;
  const stride = kvHeads * headDim;
  for (let b = 0; b + 1 < offsets.length; b++) {
    const start = offsets[b]!;
    const count = offsets[b + 1]! - start;
    for (let g = 0; g < kvHeads; g++) {
      const base = start * stride + g * headDim;
      copyRows(scratch.keys, forward.key, base, stride, count, headDim);
      copyRows(scratch.values, forward.value, base, stride, count, headDim);
      scratch.gradKeys.fill(0, 0, count * headDim);
      scratch.gradValues.fill(0, 0, count * headDim);
      for (let h = g * group; h < (g + 1) * group; h++) {
        for (let first = 0; first < count; first += BLOCK) {
          const queries = Math.min(BLOCK, count - first);
          blockBackward(grads.query, gradOut, forward, layout, scratch, start, first, queries, h);
        }
      }
      putRows(grads.key, scratch.gradKeys, base, stride, count, headDim);
      putRows(grads.value, scratch.gradValues, base, stride, count, headDim);
    }
  }
}

/** Queries `first` .. `first + queries - 1` of one head: writes their dq, adds to dk and dv in the scratch. */
function blockBackward(
  gradQuery: Float32Array,
  gradOut: Float32Array,
  forward: AttentionForward,
  { heads, headDim, scale }: AttentionLayout,
  scratch: Scratch,
  start: number,
  first: number,
  queries: number,
  head: number,
): void {
  const { keys, values, probabilities, gradScores } = scratch;
  const stride = heads * headDim;
  const base = (start + first) * stride + head * headDim;
  const rows = first + queries;
  copyRows(scratch.queries, forward.query, base, stride, queries, headDim);
  copyRows(scratch.gradOuts, gradOut, base, stride, queries, headDim);
  for (let i = 0; i < queries; i += 2) {
    const taken = i + 1 < queries ? 2 : 1;
    const count = first + i + taken;
    if (taken === 2) {
      dotTwo(probabilities, i * rows, rows, scratch.queries, i * headDim, keys, count, headDim);
      dotTwo(gradScores, i * rows, rows, scratch.gradOuts, i * headDim, values, count, headDim);
    } else {
      dotOne(probabilities, i * rows, scratch.queries, i * headDim, keys, count, headDim);
      dotOne(gradScores, i * rows, scratch.gradOuts, i * headDim, values, count, headDim);
    }
    for (let k = i; k < i + taken; k++) {
      const token = start + first + k;
      const along = gradAlongOutput(gradOut, forward.out, (token * heads + head) * headDim, headDim);
      const normaliser = forward.logSumExp[token * heads + head]!;
      const seen = k * rows + first + k + 1;
      for (let pair = k * rows; pair < seen; pair++) {
        const probability = exp(probabilities[pair]! * scale - normaliser);
        probabilities[pair] = probability;
        gradScores[pair] = probability * (gradScores[pair]! - along) * scale;
      }
      // Keys after the query: 0, so that sums over two queries or two keys at a time may include them.
      probabilities.fill(0, seen, (k + 1) * rows);
      gradScores.fill(0, seen, (k + 1) * rows);
    }
    scratch.gradQueries.fill(0);
    if (taken === 2) addTwo(scratch.gradQueries, 0, gradScores, i * rows, rows, 1, keys, 0, count, headDim);
    else addOne(scratch.gradQueries, 0, gradScores, i * rows, 1, keys, 0, count, headDim);
    putRows(gradQuery, scratch.gradQueries, base + i * stride, stride, taken, headDim);
  }
  addToKeys(scratch.gradKeys, gradScores, scratch.queries, first, queries, headDim);
  addToKeys(scratch.gradValues, probabilities, scratch.gradOuts, first, queries, headDim);
}

/** g . o of one query. */
function gradAlongOutput(gradOut: Float32Array, out: Float32Array, at: number, headDim: number): number {
  let sum = 0;
  for (let d = 0; d < headDim; d++) sum += gradOut[at + d]! * out[at + d]!;
  return sum;
}

/** out_j += sum over the queries t of a block of weights_tj rows_t, for all keys j up to the block's last query. */
function addToKeys(
  out: Float64Array,
  weights: Float64Array,
  rows: Float64Array,
  first: number,
  queries: number,
  headDim: number,
): void {
  const keys = first + queries;
  for (let j = 0; j < keys; j += 2) {
    // Only queries at or after j see key j.
    const from = Math.max(0, j - first);
    const pair = from * keys + j;
    const count = queries - from;
    if (j + 1 < keys) addTwo(out, j * headDim, weights, pair, 1, keys, rows, from * headDim, count, headDim);
    else addOne(out, j * headDim, weights, pair, keys, rows, from * headDim, count, headDim);
  }
}

/** The opposite of `copyRows`. */
function putRows(
  out: Float32Array,
  rows: Float64Array,
  base: number,
  stride: number,
  count: number,
  width: number,
): void {
  for (let j = 0, at = base, from = 0; j < count; j++, at += stride) {
    for (let d = 0; d < width; d++, from++) out[at + d] = rows[from]!;
  }
}
