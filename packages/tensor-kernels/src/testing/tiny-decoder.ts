import type { Backend } from "../backend.ts";
import type { DecoderWeights, LinearWeights } from "../decoder-weights.ts";
import { angleOf, randomMatrix, uploadMatrix, uploadRotary, uploadVector } from "./compare.ts";
import type { Matrix, ReferenceAttention, ReferenceLayer } from "./reference.ts";

export interface TinyShape {
  readonly vocabulary: number;
  readonly width: number;
  readonly mlp: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly positions: number;
}

export interface TinyDecoder {
  readonly shape: TinyShape;
  readonly matrices: {
    embedding: Matrix;
    layers: ReferenceLayer[];
    finalNorm: number[];
    head: Matrix;
    epsilon: number;
  };
  /** Layout of a batch for the reference. */
  layout(offsets: Int32Array): ReferenceAttention;
}

/** A random decoder with an output projection of its own. */
export function tinyDecoder(shape: TinyShape): TinyDecoder {
  const { vocabulary, width, mlp, layers, heads, kvHeads, headDim } = shape;
  let stream = 1000;
  const matrix = (rows: number, columns: number): Matrix =>
    randomMatrix(rows, columns, stream++, 1 / Math.sqrt(columns));
  const norm = (): number[] => randomMatrix(1, width, stream++, 0.3)[0]!.map((x) => 1 + x);
  const layer = (): ReferenceLayer => ({
    attentionNorm: norm(),
    mlpNorm: norm(),
    query: matrix(heads * headDim, width),
    key: matrix(kvHeads * headDim, width),
    value: matrix(kvHeads * headDim, width),
    output: matrix(width, heads * headDim),
    gate: matrix(mlp, width),
    up: matrix(mlp, width),
    down: matrix(width, mlp),
  });
  return {
    shape,
    matrices: {
      embedding: matrix(vocabulary, width),
      layers: Array.from({ length: layers }, layer),
      finalNorm: norm(),
      head: matrix(vocabulary, width),
      epsilon: 1e-5,
    },
    layout: (offsets) => ({
      heads,
      kvHeads,
      headDim,
      scale: 1 / Math.sqrt(headDim),
      offsets: [...offsets],
      angle: angleOf(headDim),
    }),
  };
}

export function uploadDecoder(backend: Backend, { shape, matrices }: TinyDecoder): DecoderWeights {
  const { heads, kvHeads, headDim, positions } = shape;
  const linear = (matrix: Matrix): LinearWeights => ({ weight: uploadMatrix(backend, matrix), bias: undefined });
  return {
    attention: {
      heads,
      kvHeads,
      headDim,
      scale: 1 / Math.sqrt(headDim),
      rotary: uploadRotary(backend, positions, headDim),
    },
    normEpsilon: matrices.epsilon,
    embedding: uploadMatrix(backend, matrices.embedding),
    finalNorm: uploadVector(backend, matrices.finalNorm),
    head: uploadMatrix(backend, matrices.head),
    layers: matrices.layers.map((layer) => ({
      attentionNorm: uploadVector(backend, layer.attentionNorm),
      mlpNorm: uploadVector(backend, layer.mlpNorm),
      query: linear(layer.query),
      key: linear(layer.key),
      value: linear(layer.value),
      output: linear(layer.output),
      gate: linear(layer.gate),
      up: linear(layer.up),
      down: linear(layer.down),
    })),
  };
}
