/**
 * RMSNorm over rows of width D:  y = x r w,  r = 1 / sqrt(mean(x^2) + epsilon).
 *
 *   dx_j = r w_j g_j - x_j r^3 / D * sum_i(g_i w_i x_i),    dw_j = sum over rows of g_j x_j r
 *
 * g: gradient of y. Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019. Sums are in f64.
 */
export function rmsNormRows(
  out: Float32Array,
  inverseRms: Float32Array,
  x: Float32Array,
  weight: Float32Array,
  epsilon: number,
): void {
  const width = weight.length;
  for (let row = 0; row < inverseRms.length; row++) {
    const base = row * width;
    let squares = 0;
    for (let j = 0; j < width; j++) {
      const value = x[base + j]!;
      squares += value * value;
    }
    const inverse = Math.fround(1 / Math.sqrt(squares / width + epsilon));
    inverseRms[row] = inverse;
    for (let j = 0; j < width; j++) out[base + j] = x[base + j]! * inverse * weight[j]!;
  }
}

/** Writes dx; adds to `gradWeight` where given. */
export function rmsNormRowsBackward(
  gradX: Float32Array,
  gradWeight: Float32Array | undefined,
  gradOut: Float32Array,
  x: Float32Array,
  weight: Float32Array,
  inverseRms: Float32Array,
): void {
  const width = weight.length;
  const sums = new Float64Array(width);
  for (let row = 0; row < inverseRms.length; row++) {
    const base = row * width;
    const inverse = inverseRms[row]!;
    let dot = 0;
    for (let j = 0; j < width; j++) {
      const product = gradOut[base + j]! * x[base + j]!;
      dot += product * weight[j]!;
      sums[j]! += product * inverse;
    }
    const along = (dot * inverse * inverse * inverse) / width;
    for (let j = 0; j < width; j++) {
      gradX[base + j] = inverse * weight[j]! * gradOut[base + j]! - x[base + j]! * along;
    }
  }
  if (gradWeight !== undefined) for (let j = 0; j < width; j++) gradWeight[j]! += sums[j]!;
}
