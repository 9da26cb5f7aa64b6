import { longestCommonSubsequence, rougeFromLength, rougeTokens } from "./rouge-l.ts";

/**
 * Finds whether any text added so far has a ROUGE-L F of at least `threshold` with a given one; exact, yet it computes
 * few subsequences:
 *
 *     F = 2L / (m + n) >= t   <=>   L >= t (m + n) / 2,   and   L <= sum over tokens of min(count in a, count in b)
 *
 * The right side, the multiset overlap, comes from an index of token -> texts for all texts at once; only texts whose
 * overlap reaches the bound are compared in full. That L never exceeds the overlap makes the filter exact.
 */
export class SimilarityIndex {
  readonly #threshold: number;
  readonly #texts: (readonly string[])[] = [];
  /** For each token, the texts that hold it k times or more, at k - 1: the overlap is then a count of hits. */
  readonly #holders = new Map<string, number[][]>();

  /** `threshold` lies above 0 and at most 1. */
  constructor(threshold: number) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new RangeError(`similarity threshold is ${threshold}; must lie above 0 and be at most 1`);
    }
    this.#threshold = threshold;
  }

  add(text: string): void {
    const tokens = rougeTokens(text);
    const id = this.#texts.push(tokens) - 1;
    for (const [token, count] of countTokens(tokens)) {
      const holders = this.#holders.get(token) ?? [];
      this.#holders.set(token, holders);
      for (let k = 0; k < count; k += 1) (holders[k] ??= []).push(id);
    }
  }

  hasSimilar(text: string): boolean {
    const tokens = rougeTokens(text);
    const overlaps = new Uint32Array(this.#texts.length);
    for (const [token, count] of countTokens(tokens)) {
      for (const holders of (this.#holders.get(token) ?? []).slice(0, count)) {
        for (const id of holders) overlaps[id] = (overlaps[id] ?? 0) + 1;
      }
    }
    return this.#texts.some((other, id) => this.#reaches(tokens, other, overlaps[id] ?? 0));
  }

  #reaches(tokens: readonly string[], other: readonly string[], overlap: number): boolean {
    const f1 = (length: number) => rougeFromLength(length, other.length, tokens.length).f1;
    if (overlap === 0 || f1(overlap) < this.#threshold) return false;
    return f1(longestCommonSubsequence(other, tokens)) >= this.#threshold;
  }
}

function countTokens(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
