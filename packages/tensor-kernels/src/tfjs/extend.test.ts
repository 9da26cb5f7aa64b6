import { beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { createBackend, installedBackends } from "../create-backend.ts";
import type { DecoderWeights } from "../decoder-weights.ts";
import type { KvCache } from "../kv-cache.ts";
import { relativeError } from "../testing/compare.ts";
import { decoder } from "../testing/reference.ts";
import { type TinyDecoder, tinyDecoder, uploadDecoder } from "../testing/tiny-decoder.ts";

const SHAPE = { vocabulary: 31, width: 12, mlp: 20, layers: 2, heads: 4, kvHeads: 2, headDim: 6, positions: 48 };
const CACHE = { layers: 2, kvHeads: 2, headDim: 6 };
const PROMPTS = [[3, 1, 4, 1, 5, 9, 2, 6], [5], [30, 0, 30], [8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6]];

function pack(sequences: readonly (readonly number[])[]): [Int32Array, Int32Array] {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [b, ids] of sequences.entries()) offsets[b + 1] = offsets[b]! + ids.length;
  return [Int32Array.from(sequences.flat()), offsets];
}

describe.each(installedBackends())("cached decoding on %s", (name) => {
  let backend: Backend;
  let weights: DecoderWeights;
  let model: TinyDecoder;
  beforeAll(async () => {
    backend = await createBackend(name);
    model = tinyDecoder(SHAPE);
    weights = uploadDecoder(backend, model);
  });

  const extend = (cache: KvCache, sequences: readonly (readonly number[])[]): Float32Array[] => {
    const logits = backend.extend(weights, cache, ...pack(sequences));
    return sequences.map((_, b) => logits.slice(b * SHAPE.vocabulary, (b + 1) * SHAPE.vocabulary));
  };
  const prefill = (sequences: readonly (readonly number[])[]): { cache: KvCache; logits: Float32Array[] } => {
    const cache = backend.createKvCache(CACHE, sequences.length);
    return { cache, logits: extend(cache, sequences) };
  };
  /** Logits of the last token when the sequence is computed alone and at once. */
  const alone = (ids: readonly number[]): Float32Array => prefill([ids]).logits[0]!;

  /** By bits where the backend promises that; else as close as f32 allows. */
  const difference = (actual: Float32Array[], expected: Float32Array[]): number =>
    Math.max(...actual.map((logits, b) => relativeError(logits, [...expected[b]!])));
  const tolerance = (): number => (backend.info.batchInvariant ? 0 : 5e-6);

  test("logits of a ragged prefill equal the reference in f64", () => {
    const [ids, offsets] = pack(PROMPTS);
    const expected = decoder(model.matrices, [...ids], model.layout(offsets));
    for (const [b, logits] of prefill(PROMPTS).logits.entries()) {
      expect(relativeError(logits, expected[offsets[b + 1]! - 1]!)).toBeLessThanOrEqual(5e-6);
    }
  });

  test("prefill, pieces and single steps give the same bits, alone and in any batch", () => {
    const { cache, logits } = prefill(PROMPTS);
    expect(difference(logits, PROMPTS.map(alone))).toBeLessThanOrEqual(tolerance());
    const sequences = PROMPTS.map((prompt) => [...prompt]);
    for (let step = 0; step < 30; step++) {
      const added = sequences.map((_, b) => (step % 3 === 0 && b === 1 ? [7, step] : [(step * 5 + b) % 31]));
      const stepped = extend(cache, added);
      for (const [b, ids] of added.entries()) sequences[b]!.push(...ids);
      if (step % 10 !== 0) continue;
      expect(difference(stepped, sequences.map(alone))).toBeLessThanOrEqual(tolerance());
    }
    expect([...cache.lengths()]).toEqual(sequences.map((ids) => ids.length));
  });

  test("select drops rows, shares prefixes and reorders; append joins caches", () => {
    const { cache } = prefill(PROMPTS);
    cache.select(Int32Array.of(3, 0, 0));
    expect(cache.rows).toBe(3);
    const forked = extend(cache, [[1], [2], [3]]);
    const branches = [
      [...PROMPTS[3]!, 1],
      [...PROMPTS[0]!, 2],
      [...PROMPTS[0]!, 3],
    ];
    expect(difference(forked, branches.map(alone))).toBeLessThanOrEqual(tolerance());
    const { cache: late } = prefill([[11, 12]]);
    cache.append(late);
    expect([cache.rows, late.rows]).toEqual([4, 0]);
    cache.select(Int32Array.of(2, 3));
    const joined = extend(cache, [[4], [13]]);
    const sequences = [
      [...PROMPTS[0]!, 3, 4],
      [11, 12, 13],
    ];
    expect(difference(joined, sequences.map(alone))).toBeLessThanOrEqual(tolerance());
  });

  test("a refused call changes nothing", () => {
    const { cache } = prefill(PROMPTS);
    const before = backend.memory();
    const refused: [number[][], string][] = [
      [[[1], [2], [3], []], "Row 3 gets no token"],
      [[[1], [2], [3], [31]], "ids[3] is 31, expected 0..30"],
      [[[1], [2], [3], Array.from({ length: 40 }, () => 1)], "Row 3 would have 52 tokens, the model has 48 positions"],
      [[[1], [2]], "offsets has 3 elements, expected 5"],
    ];
    for (const [sequences, message] of refused) expect(() => extend(cache, sequences)).toThrow(message);
    expect(backend.memory()).toEqual(before);
    const next = extend(cache, [[1], [2], [3], [4]])[3]!;
    expect(difference([next], [alone([...PROMPTS[3]!, 4])])).toBeLessThanOrEqual(tolerance());
    expect(() => cache.select(Int32Array.of(4))).toThrow("rows holds 4, the cache has 4 rows");
    expect(() => cache.append(cache)).toThrow("cannot be appended to itself");
    const other = backend.createKvCache({ ...CACHE, layers: 3 }, 1);
    expect(() => cache.append(other)).toThrow("different shapes");
    expect(() => backend.extend(weights, other, Int32Array.of(1), Int32Array.of(0, 1))).toThrow("another model");
  });

  test("storage counts bytes and goes away", () => {
    const { cache } = prefill([[1, 2, 3]]);
    const perToken = 2 * 2 * 2 * 6 * 4;
    expect(cache.bytes()).toBeGreaterThanOrEqual(3 * perToken);
    cache.free();
    expect(cache.bytes()).toBe(0);
  });
});
