/**
 * Sequences as the model takes them: one flat stream of tokens with offsets, and the positions whose next token counts.
 *
 * A sequence is prompt ids followed by completion ids. Its targets are the tokens after the first, weighted by
 * position: `promptWeight` for prompt tokens, 1 for completion tokens (EOS is one of them). Targets of weight 0 are
 * left out, so that a prompt that nobody learns from costs no output projection.
 */

export interface TrainingSequence {
  readonly promptIds: Uint32Array;
  readonly completionIds: Uint32Array;
}

export interface RaggedBatch {
  /** [T] all tokens, sequence after sequence. */
  readonly ids: Int32Array;
  /** [B+1] sequence b is ids[offsets[b]] .. ids[offsets[b+1]-1]. */
  readonly offsets: Int32Array;
  /** [N] row of the token that predicts the target, and the target's id. */
  readonly positions: Int32Array;
  readonly targets: Int32Array;
  /** [N] weights of the targets. */
  readonly weights: Float32Array;
  /** [B+1] sequence b has targets targetOffsets[b] .. targetOffsets[b+1]-1. */
  readonly targetOffsets: Int32Array;
  /** [B] place of each sequence in the optimiser step: what dropout is keyed by, however the step is split up. */
  readonly dropoutKeys: Int32Array;
}

export function sequenceLength({ promptIds, completionIds }: TrainingSequence): number {
  return promptIds.length + completionIds.length;
}

/** Number and sum of weights of the targets of a sequence. */
export function targetWeight({ promptIds, completionIds }: TrainingSequence, promptWeight: number): number {
  const promptTargets = Math.max(0, promptIds.length - 1);
  const completionTargets = promptIds.length === 0 ? Math.max(0, completionIds.length - 1) : completionIds.length;
  return promptWeight * promptTargets + completionTargets;
}

/**
 * Lays sequences out in order. The weight of prompt tokens is `promptWeight`, 0 leaves them out; `firstSequence` is the
 * place of the first one in the optimiser step.
 */
export function raggedBatch(
  sequences: readonly TrainingSequence[],
  promptWeight: number,
  firstSequence = 0,
): RaggedBatch {
  const total = sequences.reduce((sum, sequence) => sum + sequenceLength(sequence), 0);
  const ids = new Int32Array(total);
  const offsets = new Int32Array(sequences.length + 1);
  const targetOffsets = new Int32Array(sequences.length + 1);
  const positions: number[] = [];
  const weights: number[] = [];
  sequences.forEach((sequence, b) => {
    const start = offsets[b]!;
    const { promptIds, completionIds } = sequence;
    ids.set(promptIds, start);
    ids.set(completionIds, start + promptIds.length);
    const end = start + sequenceLength(sequence);
    const firstTarget = promptWeight > 0 ? 1 : Math.max(1, promptIds.length);
    for (let at = firstTarget; at < end - start; at += 1) {
      positions.push(start + at - 1);
      weights.push(at < promptIds.length ? promptWeight : 1);
    }
    offsets[b + 1] = end;
    targetOffsets[b + 1] = positions.length;
  });
  return {
    ids,
    offsets,
    positions: Int32Array.from(positions),
    targets: Int32Array.from(positions, (position) => ids[position + 1]!),
    weights: Float32Array.from(weights),
    targetOffsets,
    dropoutKeys: Int32Array.from(sequences, (_, b) => firstSequence + b),
  };
}
