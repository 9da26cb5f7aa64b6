/**
 * Rotary position embedding, rotate-half form: for each head of width K and j < K/2, at position p,
 *
 *   y_j       = x_j cos_pj - x_{j+K/2} sin_pj
 *   y_{j+K/2} = x_{j+K/2} cos_pj + x_j sin_pj
 *
 * The backward pass is the rotation by the opposite angle. Tables are [P, K/2].
 * Source: Su et al., "RoFormer", 2021; pairs as in Hugging Face's Llama.
 */
export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Rotates rows of `heads` heads into `out` (which may be `x`); `direction` is 1 forwards and -1 backwards. */
export function rotateRows(
  out: Float32Array,
  x: Float32Array,
  positions: Int32Array,
  { cos, sin }: RotaryTables,
  heads: number,
  headDim: number,
  direction: 1 | -1,
): void {
  const half = headDim / 2;
  for (let t = 0, at = 0; t < positions.length; t++) {
    const angle = positions[t]! * half;
    for (let h = 0; h < heads; h++, at += headDim) {
      for (let j = 0; j < half; j++) {
        const c = cos[angle + j]!;
        const s = direction * sin[angle + j]!;
        const first = x[at + j]!;
        const second = x[at + half + j]!;
        out[at + j] = first * c - second * s;
        out[at + half + j] = second * c + first * s;
      }
    }
  }
}

/** Position of each row within its sequence: starts[b], starts[b] + 1, ... (`starts` undefined: from 0). */
export function positionsOf(offsets: Int32Array, starts?: Int32Array): Int32Array {
  const positions = new Int32Array(offsets[offsets.length - 1]!);
  for (let b = 0; b + 1 < offsets.length; b++) {
    const first = starts?.[b] ?? 0;
    for (let t = offsets[b]!; t < offsets[b + 1]!; t++) positions[t] = first + t - offsets[b]!;
  }
  return positions;
}
