import { beforeAll, describe, expect, test } from "vitest";
import type { AttentionSpec, Backend } from "../backend.ts";
import { createBackend, installedBackends } from "../create-backend.ts";
import {
  angleOf,
  finiteDifferences,
  randomMatrix,
  relativeError,
  uploadMatrix,
  uploadRotary,
  weighted,
} from "../testing/compare.ts";
import * as reference from "../testing/reference.ts";

interface Case {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly lengths: readonly number[];
}

const CASES: readonly Case[] = [
  { heads: 1, kvHeads: 1, headDim: 2, lengths: [1] },
  { heads: 4, kvHeads: 2, headDim: 6, lengths: [1, 5, 1, 3] },
  { heads: 3, kvHeads: 1, headDim: 4, lengths: [7, 0, 2] },
  { heads: 2, kvHeads: 2, headDim: 16, lengths: [11] },
];

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [b, length] of lengths.entries()) offsets[b + 1] = offsets[b]! + length;
  return offsets;
}

describe.each(installedBackends())("attention on %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  const specOf = ({ heads, kvHeads, headDim }: Case, positions = 64): AttentionSpec => ({
    heads,
    kvHeads,
    headDim,
    scale: 0.7,
    rotary: uploadRotary(backend, positions, headDim),
  });

  test.each(CASES)("$heads heads on $kvHeads of width $headDim, lengths $lengths", (shape) => {
    const { heads, kvHeads, headDim, lengths } = shape;
    backend.scope(() => {
      const offsets = offsetsOf(lengths);
      const tokens = offsets.at(-1)!;
      const query = randomMatrix(tokens, heads * headDim, 1);
      const key = randomMatrix(tokens, kvHeads * headDim, 2);
      const value = randomMatrix(tokens, kvHeads * headDim, 3);
      const gradOut = randomMatrix(tokens, heads * headDim, 4);
      const spec = specOf(shape);
      const layout = { heads, kvHeads, headDim, scale: 0.7, offsets: [...offsets], angle: angleOf(headDim) };
      const expected = (): reference.Matrix => reference.attention(query, key, value, layout);
      const [queryT, keyT, valueT] = [query, key, value].map((matrix) => uploadMatrix(backend, matrix));
      const { out, saved } = backend.attention(queryT!, keyT!, valueT!, offsets, spec);
      expect(relativeError(backend.download(out), expected().flat())).toBeLessThanOrEqual(2e-6);
      const grads = backend.attentionBackward(uploadMatrix(backend, gradOut), saved, offsets, spec);
      const loss = (): number => weighted(expected(), gradOut);
      expect(relativeError(backend.download(grads.query), finiteDifferences(query, loss))).toBeLessThanOrEqual(1e-5);
      expect(relativeError(backend.download(grads.key), finiteDifferences(key, loss))).toBeLessThanOrEqual(1e-5);
      expect(relativeError(backend.download(grads.value), finiteDifferences(value, loss))).toBeLessThanOrEqual(1e-5);
    });
  });

  test("a sequence's outputs and gradients are the same bits alone and in a batch", () => {
    const shape = { heads: 4, kvHeads: 2, headDim: 16, lengths: [5, 70, 1] };
    backend.scope(() => {
      const offsets = offsetsOf(shape.lengths);
      const spec = specOf(shape, 128);
      const inputs = [
        randomMatrix(76, 64, 5),
        randomMatrix(76, 32, 6),
        randomMatrix(76, 32, 7),
        randomMatrix(76, 64, 8),
      ];
      const run = (rows: (matrix: reference.Matrix) => reference.Matrix, at: Int32Array): Float32Array[] => {
        const [query, key, value, gradOut] = inputs.map((matrix) => uploadMatrix(backend, rows(matrix)));
        const { out, saved } = backend.attention(query!, key!, value!, at, spec);
        const grads = backend.attentionBackward(gradOut!, saved, at, spec);
        return [out, grads.query, grads.key, grads.value].map((tensor) => backend.download(tensor));
      };
      const together = run((matrix) => matrix, offsets);
      for (const [b, length] of shape.lengths.entries()) {
        const alone = run((matrix) => matrix.slice(offsets[b], offsets[b + 1]), Int32Array.of(0, length));
        for (const [i, values] of alone.entries()) {
          const width = values.length / length;
          expect(together[i]!.slice(offsets[b]! * width, offsets[b + 1]! * width)).toEqual(values);
        }
      }
    });
  });

  test("refuses bad offsets, too long sequences and head counts that do not divide", () => {
    backend.scope(() => {
      const shape = { heads: 4, kvHeads: 2, headDim: 4, lengths: [3] };
      const [query, key] = [backend.zeros([3, 16]), backend.zeros([3, 8])];
      const attend = (offsets: number[], spec: AttentionSpec): unknown =>
        backend.attention(query, key, key, Int32Array.from(offsets), spec);
      const spec = specOf(shape);
      expect(() => attend([0, 2], spec)).toThrow("offsets go from 0 to 2, expected from 0 to the 3 tokens");
      expect(() => attend([0, 2, 1, 3], spec)).toThrow("offsets[2] is below offsets[1]");
      expect(() => attend([0, 3], specOf(shape, 2))).toThrow("A sequence has 3 tokens, the model has 2 positions");
      expect(() => attend([0, 3], { ...spec, kvHeads: 3 })).toThrow("heads is 4, expected a multiple of the 3 kvHeads");
    });
  });
});
