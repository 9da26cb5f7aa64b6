/**
 * Causal attention of one query over the first n keys of its sequence, for one head of width K:
 *
 *   s_j = scale q . k_j,   L = log sum_j exp(s_j),   p_j = exp(s_j - L),   o = sum_j p_j v_j        (j < n)
 *
 * and backwards, with g the gradient of o and  d = g . o:
 *
 *   ds_j = scale p_j (g . v_j - d),   dq = sum_j ds_j k_j,   dk_j += ds_j q,   dv_j += p_j g
 *
 * Source: Dao et al., "FlashAttention", 2022, section 3 (the backward pass recomputes p from L). Sums run over
 * ascending j in f64, for training and cached decoding alike: so the two agree to the bit, and no sequence sees
 * another one. Rows of keys and values lie `stride` elements apart.
 */

/** Attends and writes o; returns L. `scores` is scratch of at least `count` elements. */
export function attendOne(
  out: Float32Array,
  outBase: number,
  query: Float32Array,
  queryBase: number,
  keys: Float32Array,
  values: Float32Array,
  keyBase: number,
  stride: number,
  count: number,
  width: number,
  scale: number,
  scores: Float64Array,
  sums: Float64Array,
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0, at = keyBase; j < count; j++, at += stride) {
    let dot = 0;
    for (let d = 0; d < width; d++) dot += query[queryBase + d]! * keys[at + d]!;
    const score = dot * scale;
    scores[j] = score;
    if (score > largest) largest = score;
  }
  let total = 0;
  for (let d = 0; d < width; d++) sums[d] = 0;
  for (let j = 0, at = keyBase; j < count; j++, at += stride) {
    const weight = Math.exp(scores[j]! - largest);
    total += weight;
    for (let d = 0; d < width; d++) sums[d]! += weight * values[at + d]!;
  }
  for (let d = 0; d < width; d++) out[outBase + d] = sums[d]! / total;
  return largest + Math.log(total);
}

/** Sizes and layouts that forward and backward over a ragged batch share. */
export interface AttentionLayout {
  readonly offsets: Int32Array;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
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
  const scores = new Float64Array(longest(offsets));
  const sums = new Float64Array(headDim);
  const queryStride = heads * headDim;
  const keyStride = kvHeads * headDim;
  for (let b = 0; b + 1 < offsets.length; b++) {
    const start = offsets[b]!;
    for (let h = 0; h < heads; h++) {
      const keyBase = start * keyStride + Math.floor((h * kvHeads) / heads) * headDim;
      for (let t = start; t < offsets[b + 1]!; t++) {
        const at = t * queryStride + h * headDim;
        const count = t - start + 1;
        logSumExp[t * heads + h] = attendOne(
          out,
          at,
          query,
          at,
          key,
          value,
          keyBase,
          keyStride,
          count,
          headDim,
          scale,
          scores,
          sums,
        );
      }
    }
  }
}

export interface AttentionGradients {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export interface AttentionForward extends AttentionGradients {
  readonly out: Float32Array;
  readonly logSumExp: Float32Array;
}

/** Writes the gradients of rotated queries, rotated keys and values; what they held before does not matter. */
export function attendRaggedBackward(
  grads: AttentionGradients,
  gradOut: Float32Array,
  forward: AttentionForward,
  layout: AttentionLayout,
): void {
  const { offsets, heads, kvHeads, headDim } = layout;
  const size = longest(offsets) * headDim;
  const gradKey = new Float64Array(size);
  const gradValue = new Float64Array(size);
  const group = heads / kvHeads;
  const keyStride = kvHeads * headDim;
  for (let b = 0; b + 1 < offsets.length; b++) {
    const start = offsets[b]!;
    const end = offsets[b + 1]!;
    for (let g = 0; g < kvHeads; g++) {
      gradKey.fill(0, 0, (end - start) * headDim);
      gradValue.fill(0, 0, (end - start) * headDim);
      for (let h = g * group; h < (g + 1) * group; h++) {
        headBackward(grads.query, gradKey, gradValue, gradOut, forward, layout, start, end, h, g);
      }
      for (let j = 0; j < end - start; j++) {
        const to = (start + j) * keyStride + g * headDim;
        for (let d = 0; d < headDim; d++) {
          grads.key[to + d] = gradKey[j * headDim + d]!;
          grads.value[to + d] = gradValue[j * headDim + d]!;
        }
      }
    }
  }
}

/** One query head of one sequence: writes its dq, adds to dk and dv of its key/value head (contiguous, in f64). */
function headBackward(
  gradQuery: Float32Array,
  gradKey: Float64Array,
  gradValue: Float64Array,
  gradOut: Float32Array,
  forward: AttentionForward,
  { heads, kvHeads, headDim, scale }: AttentionLayout,
  start: number,
  end: number,
  head: number,
  kvHead: number,
): void {
  const { query, key, value, out, logSumExp } = forward;
  const sums = new Float64Array(headDim);
  const q = new Float64Array(headDim);
  const g = new Float64Array(headDim);
  const keyStride = kvHeads * headDim;
  for (let t = start; t < end; t++) {
    const at = (t * heads + head) * headDim;
    const normaliser = logSumExp[t * heads + head]!;
    let along = 0;
    for (let d = 0; d < headDim; d++) {
      const gradient = gradOut[at + d]!;
      g[d] = gradient;
      q[d] = query[at + d]!;
      sums[d] = 0;
      along += gradient * out[at + d]!;
    }
    const count = t - start + 1;
    for (let j = 0, from = start * keyStride + kvHead * headDim, to = 0; j < count; j++, from += keyStride) {
      let score = 0;
      let gradProbability = 0;
      for (let d = 0; d < headDim; d++) {
        score += q[d]! * key[from + d]!;
        gradProbability += g[d]! * value[from + d]!;
      }
      const probability = Math.exp(score * scale - normaliser);
      const gradScore = probability * (gradProbability - along) * scale;
      for (let d = 0; d < headDim; d++, to++) {
        sums[d]! += gradScore * key[from + d]!;
        gradKey[to]! += gradScore * q[d]!;
        gradValue[to]! += probability * g[d]!;
      }
    }
    for (let d = 0; d < headDim; d++) gradQuery[at + d] = sums[d]!;
  }
}

export function longest(offsets: Int32Array): number {
  let most = 0;
  for (let b = 0; b + 1 < offsets.length; b++) most = Math.max(most, offsets[b + 1]! - offsets[b]!);
  return most;
}
