/**
 * Products of a row with a small matrix, both in f64 with rows of `width` elements one after the other. Four sums run
 * side by side, because one sum would wait four cycles for each addition. The order of each sum is fixed by `width`
 * alone.
 */

/** out[outBase + j] = a . rows_j for j < count, where a starts at `aBase`. */
export function dotRows(
  out: Float64Array,
  outBase: number,
  a: Float64Array,
  aBase: number,
  rows: Float64Array,
  count: number,
  width: number,
): void {
  const body = width - (width % 4);
  for (let j = 0, at = 0; j < count; j++, at += width) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let d = 0;
    for (; d < body; d += 4) {
      sum0 += a[aBase + d]! * rows[at + d]!;
      sum1 += a[aBase + d + 1]! * rows[at + d + 1]!;
      sum2 += a[aBase + d + 2]! * rows[at + d + 2]!;
      sum3 += a[aBase + d + 3]! * rows[at + d + 3]!;
    }
    for (; d < width; d++) sum0 += a[aBase + d]! * rows[at + d]!;
    out[outBase + j] = sum0 + sum1 + (sum2 + sum3);
  }
}

/**
 * out[outBase + d] += sum over j < count of weights[weightBase + j * weightStride] * rows[rowBase + j * width + d],
 * in ascending j.
 */
export function addWeightedRows(
  out: Float64Array,
  outBase: number,
  weights: Float64Array,
  weightBase: number,
  weightStride: number,
  rows: Float64Array,
  rowBase: number,
  count: number,
  width: number,
): void {
  const body = width - (width % 4);
  let d = 0;
  for (; d < body; d += 4) {
    let sum0 = out[outBase + d]!;
    let sum1 = out[outBase + d + 1]!;
    let sum2 = out[outBase + d + 2]!;
    let sum3 = out[outBase + d + 3]!;
    for (let j = 0, at = rowBase + d, w = weightBase; j < count; j++, at += width, w += weightStride) {
      const weight = weights[w]!;
      sum0 += weight * rows[at]!;
      sum1 += weight * rows[at + 1]!;
      sum2 += weight * rows[at + 2]!;
      sum3 += weight * rows[at + 3]!;
    }
    out[outBase + d] = sum0;
    out[outBase + d + 1] = sum1;
    out[outBase + d + 2] = sum2;
    out[outBase + d + 3] = sum3;
  }
  for (; d < width; d++) {
    let sum = out[outBase + d]!;
    for (let j = 0, at = rowBase + d, w = weightBase; j < count; j++, at += width, w += weightStride) {
      sum += weights[w]! * rows[at]!;
    }
    out[outBase + d] = sum;
  }
}

/** Copies `count` rows of `width` elements, `stride` apart from `base` on, into contiguous f64 rows. */
export function copyRows(
  out: Float64Array,
  x: Float32Array,
  base: number,
  stride: number,
  count: number,
  width: number,
): void {
  for (let j = 0, at = base, to = 0; j < count; j++, at += stride) {
    for (let d = 0; d < width; d++, to++) out[to] = x[at + d]!;
  }
}
