/**
 * Training data as it travels to the engine process: all ids in one array, lengths beside it. Tens of thousands of
 * small arrays would cost more to send than the ids in them.
 */
import type { PairExample } from "../objectives/preference.ts";
import type { TrainingSequence } from "../ragged-batch.ts";

/** Rows of `parts` id lists each: a sequence has prompt and completion, a pair prompt, chosen and rejected. */
export interface PackedRows {
  readonly ids: Uint32Array;
  /** Lengths of the lists, row after row. */
  readonly lengths: Uint32Array;
  readonly parts: number;
}

export function packRows(rows: readonly (readonly ArrayLike<number>[])[], parts: number): PackedRows {
  const lists = rows.flat();
  const lengths = Uint32Array.from(lists, (list) => list.length);
  const ids = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    ids.set(list, at);
    at += list.length;
  }
  return { ids, lengths, parts };
}

function unpackRows({ ids, lengths, parts }: PackedRows): Uint32Array[][] {
  let at = 0;
  return Array.from({ length: lengths.length / parts }, (_, row) =>
    Array.from({ length: parts }, (_, part) => {
      const length = lengths[row * parts + part]!;
      at += length;
      return ids.subarray(at - length, at);
    }),
  );
}

/** Views into the packed ids, not copies. */
export function unpackSequences(rows: PackedRows): TrainingSequence[] {
  return unpackRows(rows).map(([promptIds, completionIds]) => ({
    promptIds: promptIds!,
    completionIds: completionIds!,
  }));
}

export function unpackPairs(rows: PackedRows): PairExample[] {
  return unpackRows(rows).map(([promptIds, chosenIds, rejectedIds]) => ({
    promptIds: promptIds!,
    chosenIds: chosenIds!,
    rejectedIds: rejectedIds!,
  }));
}
