import type { TokenTargets } from "@srlm/tensor-kernels";
import { LanguageModelError } from "./errors.ts";
import type { TokenStream } from "./llama/llama-forward.ts";

/** One sequence of a batch, of which the tokens from `firstTarget` on are predicted. */
export interface TargetSequence {
  readonly ids: ArrayLike<number>;
  /** At least 1 (nothing predicts the first token); `ids.length` predicts none. */
  readonly firstTarget: number;
  /**
   * Names the sequence for dropout: its place in the optimiser step's whole batch, so that the same tokens are dropped
   * however the step is divided into batches. Default: its place in this batch.
   */
  readonly dropoutKey?: number | undefined;
}

/** A ragged batch with the targets whose log-probabilities are asked for, sequence after sequence. */
export interface TokenBatch extends TokenStream, TokenTargets {
  /** Targets of sequence b are targetOffsets[b] .. targetOffsets[b+1]-1; length B+1. */
  readonly targetOffsets: Int32Array;
  readonly dropoutKeys: Int32Array;
}

/** Throws INVALID_BATCH or INVALID_TOKEN naming sequence and value. */
export function packBatch(
  sequences: readonly TargetSequence[],
  limits: { vocabSize: number; maxPositions: number },
): TokenBatch {
  const offsets = Int32Array.of(0, ...sequences.map(({ ids }) => ids.length));
  const targetOffsets = Int32Array.of(0, ...sequences.map(({ ids, firstTarget }) => ids.length - firstTarget));
  for (let b = 0; b < sequences.length; b++) {
    checkSequence(sequences[b] as TargetSequence, b, limits);
    offsets[b + 1] = (offsets[b + 1] as number) + (offsets[b] as number);
    targetOffsets[b + 1] = (targetOffsets[b + 1] as number) + (targetOffsets[b] as number);
  }
  const ids = new Int32Array(offsets[sequences.length] as number);
  const positions = new Int32Array(targetOffsets[sequences.length] as number);
  const targets = new Int32Array(positions.length);
  for (const [b, sequence] of sequences.entries()) {
    const start = offsets[b] as number;
    ids.set(sequence.ids, start);
    for (let i = sequence.firstTarget; i < sequence.ids.length; i++) {
      const n = (targetOffsets[b] as number) + i - sequence.firstTarget;
      positions[n] = start + i - 1; // the row before a token predicts it
      targets[n] = sequence.ids[i] as number;
    }
  }
  return {
    ids,
    offsets,
    positions,
    targets,
    targetOffsets,
    dropoutKeys: Int32Array.from(sequences, (s, b) => s.dropoutKey ?? b),
  };
}

function checkSequence(
  { ids, firstTarget }: TargetSequence,
  b: number,
  limits: { vocabSize: number; maxPositions: number },
): void {
  const field = `sequences[${b}]`;
  if (ids.length === 0 || ids.length > limits.maxPositions) {
    const what = `${field} has ${ids.length} tokens; it must have 1 to ${limits.maxPositions} (the model's context)`;
    throw new LanguageModelError("INVALID_BATCH", what, { field, value: String(ids.length) });
  }
  if (!Number.isSafeInteger(firstTarget) || firstTarget < 1 || firstTarget > ids.length) {
    const what = `${field}.firstTarget ${firstTarget} must be from 1 to the length ${ids.length}`;
    throw new LanguageModelError("INVALID_BATCH", what, { field: `${field}.firstTarget`, value: String(firstTarget) });
  }
  checkIds(ids, limits.vocabSize, field);
}

/** Throws INVALID_TOKEN naming `field`, the place and the id that is none of the vocabulary's. */
export function checkIds(ids: ArrayLike<number>, vocabSize: number, field: string): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    const what = `${field}[${i}] is ${id}, not a token id of the model's vocabulary (0 to ${vocabSize - 1})`;
    throw new LanguageModelError("INVALID_TOKEN", what, { field: `${field}[${i}]`, value: String(id) });
  }
}
