/**
 * Products of one or two rows with a small matrix, in f64, for attention, whose matrices are too small and too ragged
 * for a general matrix product. Rows have `width` elements and lie one after the other. Eight sums run side by side:
 * one alone would wait for the latency of each addition, and each element loaded serves two of them. Every sum runs
 * in ascending order, so that taking one row or two gives the same bits.
 */

/** out[outBase + j] = a . rows_j for j < count, with a at `aBase`. */
export function dotOne(
  out: Float64Array,
  outBase: number,
  a: Float64Array,
  aBase: number,
  rows: Float64Array,
  count: number,
  width: number,
): void {
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const row1 = (j + 1) * width;
    const row2 = row1 + width;
    const row3 = row2 + width;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let d = 0, row0 = j * width; d < width; d++) {
      const x = a[aBase + d]!;
      sum0 += x * rows[row0 + d]!;
      sum1 += x * rows[row1 + d]!;
      sum2 += x * rows[row2 + d]!;
      sum3 += x * rows[row3 + d]!;
    }
    out[outBase + j] = sum0;
    out[outBase + j + 1] = sum1;
    out[outBase + j + 2] = sum2;
    out[outBase + j + 3] = sum3;
  }
  dotRest(out, outBase, a, aBase, rows, j, count, width);
}

/** `dotOne` for the two rows of a from `aBase` on; results from `outBase` and from `outBase + outStride` on. */
export function dotTwo(
  out: Float64Array,
  outBase: number,
  outStride: number,
  a: Float64Array,
  aBase: number,
  rows: Float64Array,
  count: number,
  width: number,
): void {
  const next = aBase + width;
  const outNext = outBase + outStride;
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const row0 = j * width;
    const row1 = row0 + width;
    const row2 = row1 + width;
    const row3 = row2 + width;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let sum4 = 0;
    let sum5 = 0;
    let sum6 = 0;
    let sum7 = 0;
    for (let d = 0; d < width; d++) {
      const x = a[aBase + d]!;
      const y = a[next + d]!;
      const value0 = rows[row0 + d]!;
      const value1 = rows[row1 + d]!;
      const value2 = rows[row2 + d]!;
      const value3 = rows[row3 + d]!;
      sum0 += x * value0;
      sum1 += x * value1;
      sum2 += x * value2;
      sum3 += x * value3;
      sum4 += y * value0;
      sum5 += y * value1;
      sum6 += y * value2;
      sum7 += y * value3;
    }
    out[outBase + j] = sum0;
    out[outBase + j + 1] = sum1;
    out[outBase + j + 2] = sum2;
    out[outBase + j + 3] = sum3;
    out[outNext + j] = sum4;
    out[outNext + j + 1] = sum5;
    out[outNext + j + 2] = sum6;
    out[outNext + j + 3] = sum7;
  }
  dotRest(out, outBase, a, aBase, rows, j, count, width);
  dotRest(out, outNext, a, next, rows, j, count, width);
}

/** The rows from `first` on, which are too few for four sums side by side. */
function dotRest(
  out: Float64Array,
  outBase: number,
  a: Float64Array,
  aBase: number,
  rows: Float64Array,
  first: number,
  count: number,
  width: number,
): void {
  for (let j = first; j < count; j++) {
    let sum = 0;
    for (let d = 0, row = j * width; d < width; d++) sum += a[aBase + d]! * rows[row + d]!;
    out[outBase + j] = sum;
  }
}

/**
 * out[outBase + d] += sum over j < count of weights[weightBase + j * weightStride] * rows[rowBase + j * width + d].
 */
export function addOne(
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
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    const to = outBase + d;
    let sum0 = out[to]!;
    let sum1 = out[to + 1]!;
    let sum2 = out[to + 2]!;
    let sum3 = out[to + 3]!;
    for (let j = 0, at = rowBase + d, w = weightBase; j < count; j++, at += width, w += weightStride) {
      const weight = weights[w]!;
      sum0 += weight * rows[at]!;
      sum1 += weight * rows[at + 1]!;
      sum2 += weight * rows[at + 2]!;
      sum3 += weight * rows[at + 3]!;
    }
    out[to] = sum0;
    out[to + 1] = sum1;
    out[to + 2] = sum2;
    out[to + 3] = sum3;
  }
  addRest(out, outBase, weights, weightBase, weightStride, rows, rowBase, count, width, d);
}

/** `addOne` for two rows of out: the second one's weights start `weightNext` elements after the first one's. */
export function addTwo(
  out: Float64Array,
  outBase: number,
  weights: Float64Array,
  weightBase: number,
  weightNext: number,
  weightStride: number,
  rows: Float64Array,
  rowBase: number,
  count: number,
  width: number,
): void {
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    const to = outBase + d;
    const next = to + width;
    let sum0 = out[to]!;
    let sum1 = out[to + 1]!;
    let sum2 = out[to + 2]!;
    let sum3 = out[to + 3]!;
    let sum4 = out[next]!;
    let sum5 = out[next + 1]!;
    let sum6 = out[next + 2]!;
    let sum7 = out[next + 3]!;
    for (let j = 0, at = rowBase + d, w = weightBase; j < count; j++, at += width, w += weightStride) {
      const x = weights[w]!;
      const y = weights[w + weightNext]!;
      const value0 = rows[at]!;
      const value1 = rows[at + 1]!;
      const value2 = rows[at + 2]!;
      const value3 = rows[at + 3]!;
      sum0 += x * value0;
      sum1 += x * value1;
      sum2 += x * value2;
      sum3 += x * value3;
      sum4 += y * value0;
      sum5 += y * value1;
      sum6 += y * value2;
      sum7 += y * value3;
    }
    out[to] = sum0;
    out[to + 1] = sum1;
    out[to + 2] = sum2;
    out[to + 3] = sum3;
    out[next] = sum4;
    out[next + 1] = sum5;
    out[next + 2] = sum6;
    out[next + 3] = sum7;
  }
  addRest(out, outBase, weights, weightBase, weightStride, rows, rowBase, count, width, d);
  addRest(out, outBase + width, weights, weightBase + weightNext, weightStride, rows, rowBase, count, width, d);
}

/** The elements from `first` on, which are too few for four sums side by side. */
function addRest(
  out: Float64Array,
  outBase: number,
  weights: Float64Array,
  weightBase: number,
  weightStride: number,
  rows: Float64Array,
  rowBase: number,
  count: number,
  width: number,
  first: number,
): void {
  for (let d = first; d < width; d++) {
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
