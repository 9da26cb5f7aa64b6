import type { Backend, RotaryTable, Tensor } from "../backend.ts";
import { fillNormal } from "../philox.ts";
import type { Matrix } from "./reference.ts";

/** Numbers of N(0, 1), the same in every run; each call with its own `stream`. */
export function randomMatrix(rows: number, columns: number, stream: number, deviation = 1): Matrix {
  const values = new Float32Array(rows * columns);
  fillNormal(values, 20_240_118, stream, deviation);
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

export function uploadMatrix(backend: Backend, matrix: Matrix): Tensor {
  return backend.upload(Float32Array.from(matrix.flat()), [matrix.length, matrix[0]!.length]);
}

export function uploadVector(backend: Backend, vector: readonly number[]): Tensor {
  return backend.upload(Float32Array.from(vector), [vector.length]);
}

/** Rotation angles as in Llama with theta 10,000. */
export const angleOf =
  (headDim: number) =>
  (position: number, j: number): number =>
    position * 10_000 ** ((-2 * j) / headDim);

export function uploadRotary(backend: Backend, positions: number, headDim: number): RotaryTable {
  const angle = angleOf(headDim);
  const table = (f: (x: number) => number): Matrix =>
    Array.from({ length: positions }, (_, p) => Array.from({ length: headDim / 2 }, (_, j) => f(angle(p, j))));
  return { cos: uploadMatrix(backend, table(Math.cos)), sin: uploadMatrix(backend, table(Math.sin)) };
}

/** Largest difference, relative to the largest reference value or 1; NaN where there is one. */
export function relativeError(actual: ArrayLike<number>, reference: readonly number[]): number {
  if (actual.length !== reference.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...reference.map(Math.abs));
  return reference.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i]! - value) / scale), 0);
}

/**
 * Derivatives of loss by each element of `parameter`, by central differences in f64: the error is of the order of
 * step^2 = 1e-10. `parameter` is changed and restored.
 */
export function finiteDifferences(parameter: Matrix, loss: () => number): number[] {
  const step = 1e-5;
  return parameter.flatMap((row) =>
    row.map((value, j) => {
      row[j] = value + step;
      const above = loss();
      row[j] = value - step;
      const below = loss();
      row[j] = value;
      return (above - below) / (2 * step);
    }),
  );
}

/** sum of out * gradOut: the loss whose gradient by `out` is `gradOut`. */
export function weighted(out: Matrix, gradOut: Matrix): number {
  return out.reduce((sum, row, t) => row.reduce((inner, x, j) => inner + x * gradOut[t]![j]!, sum), 0);
}
