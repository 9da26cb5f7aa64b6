import type { AttentionSaved, AttentionSpec, Tensor } from "../backend.ts";
import { attendRagged, longest } from "../loops/attention.ts";
import { attendRaggedBackward } from "../loops/attention-backward.ts";
import { positionsOf, type RotaryTables, rotateRows } from "../loops/rotary.ts";
import { expectOffsets, expectShape } from "./checks.ts";
import type { TensorPool } from "./tensor-pool.ts";

function check(spec: AttentionSpec, query: Tensor, key: Tensor, value: Tensor, offsets: Int32Array): void {
  const { heads, kvHeads, headDim, rotary } = spec;
  if (heads % kvHeads !== 0) throw new RangeError(`heads is ${heads}, expected a multiple of the ${kvHeads} kvHeads`);
  if (headDim % 2 !== 0) throw new RangeError(`headDim is ${headDim}, expected an even number`);
  const tokens = query.shape[0]!;
  expectShape("query", query, [-1, heads * headDim]);
  expectShape("key", key, [tokens, kvHeads * headDim]);
  expectShape("value", value, [tokens, kvHeads * headDim]);
  expectOffsets(offsets, tokens);
  expectShape("rotary.cos", rotary.cos, [-1, headDim / 2]);
  expectShape("rotary.sin", rotary.sin, rotary.cos.shape);
  if (longest(offsets) > rotary.cos.shape[0]!) {
    throw new RangeError(
      `A sequence has ${longest(offsets)} tokens, the model has ${rotary.cos.shape[0]} positions: shorten it`,
    );
  }
}

function tablesOf(pool: TensorPool, spec: AttentionSpec): RotaryTables {
  return { cos: pool.read(spec.rotary.cos), sin: pool.read(spec.rotary.sin) };
}

export function attention(
  pool: TensorPool,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  offsets: Int32Array,
  spec: AttentionSpec,
): { out: Tensor; saved: AttentionSaved } {
  check(spec, query, key, value, offsets);
  const { heads, kvHeads, headDim, scale } = spec;
  const rotatedQuery = pool.make(query.shape);
  const rotatedKey = pool.make(key.shape);
  const out = pool.make(query.shape);
  const logSumExp = pool.make([query.shape[0]!, heads]);
  const positions = positionsOf(offsets);
  const tables = tablesOf(pool, spec);
  rotateRows(pool.read(rotatedQuery), pool.read(query), positions, tables, heads, headDim, 1);
  rotateRows(pool.read(rotatedKey), pool.read(key), positions, tables, kvHeads, headDim, 1);
  attendRagged(pool.read(out), pool.read(logSumExp), pool.read(rotatedQuery), pool.read(rotatedKey), pool.read(value), {
    offsets,
    heads,
    kvHeads,
    headDim,
    scale,
  });
  return { out, saved: { query: rotatedQuery, key: rotatedKey, value, out, logSumExp } };
}

export function attentionBackward(
  pool: TensorPool,
  gradOut: Tensor,
  saved: AttentionSaved,
  offsets: Int32Array,
  spec: AttentionSpec,
): { query: Tensor; key: Tensor; value: Tensor } {
  check(spec, saved.query, saved.key, saved.value, offsets);
  expectShape("gradOut", gradOut, saved.out.shape);
  const { heads, kvHeads, headDim, scale } = spec;
  const query = pool.make(saved.query.shape);
  const key = pool.make(saved.key.shape);
  const value = pool.make(saved.value.shape);
  const grads = { query: pool.read(query), key: pool.read(key), value: pool.read(value) };
  const forward = {
    query: pool.read(saved.query),
    key: pool.read(saved.key),
    value: pool.read(saved.value),
    out: pool.read(saved.out),
    logSumExp: pool.read(saved.logSumExp),
  };
  attendRaggedBackward(grads, pool.read(gradOut), forward, { offsets, heads, kvHeads, headDim, scale });
  const positions = positionsOf(offsets);
  const tables = tablesOf(pool, spec);
  rotateRows(grads.query, grads.query, positions, tables, heads, headDim, -1);
  rotateRows(grads.key, grads.key, positions, tables, kvHeads, headDim, -1);
  return { query, key, value };
}
