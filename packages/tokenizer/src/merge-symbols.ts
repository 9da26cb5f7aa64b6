/**
 * Applies BPE merges to one piece of text.
 *
 *   repeat: among adjacent pairs (s_i, s_{i+1}) that have a merge, take the one of lowest rank, of these the leftmost,
 *           and replace it by the merged token; stop when no adjacent pair has a merge.
 *
 * A queue of (rank, position) over a doubly linked list: n symbols take O(n log n), however long the piece. Entries
 * whose pair is gone are recognised when they leave the queue (a rank belongs to one pair only) and dropped.
 * Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2.
 */
import { PriorityQueue } from "./priority-queue.ts";

/**
 * Merges by rank: `ranks.get(left)?.get(right)` is the rank of a pair of ids, `results[rank]` the merged token's id.
 * Two small keys are found several times faster than one number above 2^31.
 */
export interface MergeTable {
  readonly ranks: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly results: readonly number[];
}

/** Room for a position beside the rank in the 53 bits of a queue entry; ranks stay below 2^26 (pair-key.ts). */
const POSITIONS = 2 ** 27;
const NONE = -1;

/** Ids of the symbols after all merges. The input is left as it was. */
export function mergeSymbols(symbols: readonly number[], table: MergeTable): number[] {
  if (symbols.length < 2) return [...symbols];
  if (symbols.length >= POSITIONS)
    throw new RangeError(`a piece of ${symbols.length} symbols: at most ${POSITIONS - 1}`);
  const ids = Int32Array.from(symbols);
  const next = Int32Array.from(ids, (_, index) => (index + 1 < ids.length ? index + 1 : NONE));
  const previous = Int32Array.from(ids, (_, index) => index - 1);
  const queue = new PriorityQueue<number>((a, b) => a < b);

  const rankAt = (position: number): number => {
    const right = next[position] as number;
    if (right === NONE) return NONE;
    return table.ranks.get(ids[position] as number)?.get(ids[right] as number) ?? NONE;
  };
  const offer = (position: number): void => {
    const rank = rankAt(position);
    if (rank !== NONE) queue.push(rank * POSITIONS + position);
  };

  for (let position = 0; position + 1 < ids.length; position++) offer(position);
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const rank = Math.floor(entry / POSITIONS);
    const position = entry % POSITIONS;
    if (ids[position] === NONE || rankAt(position) !== rank) continue;
    const merged = next[position] as number;
    const after = next[merged] as number;
    ids[position] = table.results[rank] as number;
    ids[merged] = NONE;
    next[position] = after;
    if (after !== NONE) previous[after] = position;
    offer(position);
    if (previous[position] !== NONE) offer(previous[position] as number);
  }
  return Array.from(ids).filter((id) => id !== NONE);
}
