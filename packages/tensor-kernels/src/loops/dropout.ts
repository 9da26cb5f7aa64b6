import type { Dropout } from "../backend.ts";
import { dropoutWords } from "../philox.ts";

/**
 * Inverted dropout of rows of width D:  y = m x / (1 - rate),  m = [word >= rate 2^32], where the word of element
 * (t, j) is Philox at (row key t, j / 4, step, stream), word j mod 4. `base`, where given, is added: base + y.
 */
export function dropoutRows(
  out: Float32Array,
  x: Float32Array,
  base: Float32Array | undefined,
  dropout: Dropout,
  width: number,
): void {
  const { rate, rowKeys } = dropout;
  const words = dropoutWords(dropout.seed, dropout.stream, dropout.step);
  const threshold = rate * 2 ** 32;
  const factor = 1 / (1 - rate);
  for (let t = 0; t < rowKeys.length; t++) {
    for (let j = 0; j < width; j += 4) {
      const block = words(rowKeys[t]!, j >> 2);
      const end = Math.min(4, width - j);
      for (let k = 0; k < end; k++) {
        const at = t * width + j + k;
        const kept = block[k]! >= threshold ? x[at]! * factor : 0;
        out[at] = base === undefined ? kept : base[at]! + kept;
      }
    }
  }
}
