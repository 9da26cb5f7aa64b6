import type { RaggedBatch } from "../ragged-batch.ts";
import type { StepDropout } from "../trainable-model.ts";
import type { DropoutSource } from "./objective.ts";

/** Consecutive parts of at most `size` items; 0 means one part with all of them. */
export function split<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0 || items.length <= size) return [[...items]];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Positions that an example's keys are spaced by: above the longest context of any model that this engine runs. */
const keySpacing = 1 << 17;

/**
 * Row keys of a micro-batch: the number of the sequence in the step and the position in the sequence, so that dropout
 * does not depend on how a step is split up. Keys wrap around within 32 bits, which repeats masks only between
 * sequences 32,768 apart.
 */
export function withRowKeys(
  dropout: DropoutSource,
  batch: RaggedBatch,
  firstSequence: number,
): StepDropout | undefined {
  if (dropout === undefined) return undefined;
  const rowKeys = new Int32Array(batch.ids.length);
  for (let b = 0; b + 1 < batch.offsets.length; b += 1) {
    const start = batch.offsets[b]!;
    const base = Math.imul(firstSequence + b, keySpacing);
    for (let t = start; t < batch.offsets[b + 1]!; t += 1) rowKeys[t] = (base + t - start) | 0;
  }
  return { ...dropout, rowKeys };
}
