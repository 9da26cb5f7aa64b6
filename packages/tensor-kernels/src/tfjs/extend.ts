import type { Backend, Tensor } from "../backend.ts";
import type { DecoderLayerWeights, DecoderWeights, LinearWeights } from "../decoder-weights.ts";
import { HeadScratch } from "../loops/attention.ts";
import { positionsOf, rotateRows } from "../loops/rotary.ts";
import { expectLength, expectOffsets } from "./checks.ts";
import { HostKvCache } from "./host-kv-cache.ts";
import type { TensorPool } from "./tensor-pool.ts";

/** One call of `Backend.extend`: the new tokens of all rows and where they lie in their sequences. */
interface Extension {
  readonly cache: HostKvCache;
  readonly offsets: Int32Array;
  /** Tokens in each row before. */
  readonly starts: Int32Array;
  readonly positions: Int32Array;
}

/** `Backend.extend`, composed of the backend's operations. The cache changes only where the whole call succeeds. */
export function extend(
  backend: Backend,
  pool: TensorPool,
  weights: DecoderWeights,
  cache: HostKvCache,
  ids: Int32Array,
  offsets: Int32Array,
): Float32Array {
  const extension = plan(weights, cache, ids, offsets);
  const logits = pool.scope(() => {
    let hidden: Tensor = backend.embedding(weights.embedding, ids);
    for (const [index, layer] of weights.layers.entries()) {
      const next = extendLayer(backend, pool, weights, layer, index, hidden, extension);
      backend.free(hidden);
      hidden = next;
    }
    const last = backend.gatherRows(
      hidden,
      offsets.subarray(1).map((end) => end - 1),
    );
    const { out } = backend.rmsNorm(last, weights.finalNorm, weights.normEpsilon);
    return backend.download(backend.linear(out, weights.head, undefined));
  });
  cache.commit(offsets);
  return logits;
}

function plan(weights: DecoderWeights, cache: HostKvCache, ids: Int32Array, offsets: Int32Array): Extension {
  const { kvHeads, headDim, rotary } = weights.attention;
  const { shape } = cache;
  if (shape.layers !== weights.layers.length || shape.kvHeads !== kvHeads || shape.headDim !== headDim) {
    throw new RangeError(`The cache was made for another model: ${JSON.stringify(shape)}`);
  }
  expectLength("offsets", offsets, cache.rows + 1);
  expectOffsets(offsets, ids.length);
  const starts = cache.lengths();
  const limit = rotary.cos.shape[0]!;
  for (let b = 0; b < cache.rows; b++) {
    const added = offsets[b + 1]! - offsets[b]!;
    if (added === 0) throw new RangeError(`Row ${b} gets no token: give at least one, or drop the row with select`);
    if (starts[b]! + added > limit) {
      throw new RangeError(`Row ${b} would have ${starts[b]! + added} tokens, the model has ${limit} positions`);
    }
    cache.reserve(b, added);
  }
  return { cache, offsets, starts, positions: positionsOf(offsets, starts) };
}

function extendLayer(
  backend: Backend,
  pool: TensorPool,
  weights: DecoderWeights,
  layer: DecoderLayerWeights,
  index: number,
  hidden: Tensor,
  extension: Extension,
): Tensor {
  return backend.scope((keep) => {
    const apply = (x: Tensor, { weight, bias }: LinearWeights): Tensor => backend.linear(x, weight, bias);
    const { out: normed } = backend.rmsNorm(hidden, layer.attentionNorm, weights.normEpsilon);
    const query = apply(normed, layer.query);
    const key = apply(normed, layer.key);
    const value = apply(normed, layer.value);
    const attended = attendCached(pool, weights, index, query, key, value, extension);
    const middle = backend.residualAdd(hidden, apply(attended, layer.output), undefined);
    const { out: mlpInput } = backend.rmsNorm(middle, layer.mlpNorm, weights.normEpsilon);
    const gated = backend.swiGlu(apply(mlpInput, layer.gate), apply(mlpInput, layer.up));
    return keep(backend.residualAdd(middle, apply(gated, layer.down), undefined));
  });
}

/** Attention of the new tokens over cache and new tokens; writes their keys and values behind the rows' ends. */
function attendCached(
  pool: TensorPool,
  { attention }: DecoderWeights,
  layer: number,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { cache, offsets, starts, positions }: Extension,
): Tensor {
  const { heads, kvHeads, headDim, scale } = attention;
  const output = pool.make(query.shape);
  const out = pool.read(output);
  const queries = pool.read(query);
  const keys = pool.read(key);
  const values = pool.read(value);
  const tables = { cos: pool.read(attention.rotary.cos), sin: pool.read(attention.rotary.sin) };
  rotateRows(queries, queries, positions, tables, heads, headDim, 1);
  rotateRows(keys, keys, positions, tables, kvHeads, headDim, 1);
  const width = kvHeads * headDim;
  const group = heads / kvHeads;
  const longest = positions.reduce((most, position) => Math.max(most, position + 1), 0);
  const scratch = new HeadScratch(longest, headDim, scale);
  for (let b = 0; b < starts.length; b++) {
    const first = offsets[b]!;
    const added = offsets[b + 1]! - first;
    const start = starts[b]!;
    const stored = cache.layer(b, layer);
    stored.keys.set(keys.subarray(first * width, (first + added) * width), start * width);
    stored.values.set(values.subarray(first * width, (first + added) * width), start * width);
    for (let g = 0; g < kvHeads; g++) {
      scratch.load(stored.keys, stored.values, g * headDim, width, start + added);
      for (let h = g * group; h < (g + 1) * group; h++) {
        for (let t = 0; t < added; t += 2) {
          const at = ((first + t) * heads + h) * headDim;
          scratch.attend(out, queries, at, heads * headDim, t + 1 < added ? 2 : 1, start + t + 1);
        }
      }
    }
  }
  return output;
}
