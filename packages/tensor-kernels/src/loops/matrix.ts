/** Side of the square blocks of `transpose`: 32 rows of 32 f32 stay in the first-level cache. */
const BLOCK = 32;

/** out [columns, rows] = transpose of x [rows, columns]. */
export function transpose(out: Float32Array, x: Float32Array, rows: number, columns: number): void {
  for (let i0 = 0; i0 < rows; i0 += BLOCK) {
    const iEnd = Math.min(i0 + BLOCK, rows);
    for (let j0 = 0; j0 < columns; j0 += BLOCK) {
      const jEnd = Math.min(j0 + BLOCK, columns);
      for (let j = j0; j < jEnd; j++) {
        for (let i = i0; i < iEnd; i++) out[j * rows + i] = x[i * columns + j]!;
      }
    }
  }
}

/** Rows of `x` by index. */
export function gather(out: Float32Array, x: Float32Array, rows: Int32Array, width: number): void {
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    const to = i * width;
    for (let j = 0; j < width; j++) out[to + j] = x[from + j]!;
  }
}

/** out[rows[i]] += x[i]. */
export function scatterAdd(out: Float32Array, x: Float32Array, rows: Int32Array, width: number): void {
  for (let i = 0; i < rows.length; i++) {
    const to = rows[i]! * width;
    const from = i * width;
    for (let j = 0; j < width; j++) out[to + j]! += x[from + j]!;
  }
}

/** Adds `bias` to every row. */
export function addToRows(x: Float32Array, bias: Float32Array): void {
  const width = bias.length;
  for (let base = 0; base < x.length; base += width) {
    for (let j = 0; j < width; j++) x[base + j]! += bias[j]!;
  }
}

/** sums += sum of the rows of x, in f64 until the end. */
export function addRowSums(sums: Float32Array, x: Float32Array): void {
  const width = sums.length;
  const totals = new Float64Array(width);
  for (let base = 0; base < x.length; base += width) {
    for (let j = 0; j < width; j++) totals[j]! += x[base + j]!;
  }
  for (let j = 0; j < width; j++) sums[j]! += totals[j]!;
}

/** target += factor * x. */
export function addScaled(target: Float32Array, x: Float32Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * x[i]!;
}

export function sumOfSquares(x: Float32Array): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i]! * x[i]!;
  return total;
}
