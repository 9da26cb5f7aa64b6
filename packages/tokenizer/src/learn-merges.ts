/**
 * Learns BPE merges from counted words.
 *
 *   n(a, b) = sum over words w of count(w) * #{ i : w_i = a, w_{i+1} = b }
 *   repeat: (a, b) = argmax n(a, b); c = new token; replace each a b by c in all words, from the left
 *
 * Ties: of the pairs with the highest count the one with the smaller a, of these the one with the smaller b (ids). The
 * order is total and counts are sums, so the merges depend on the counts of the words alone, never on their order.
 * Where two merges spell the same text ("ab"+"c", "a"+"bc") the second gets the token of the first.
 *
 * Source: Sennrich et al. 2016, algorithm 1; ties and shared tokens as in the BpeTrainer of Hugging Face tokenizers.
 */
import { MAX_VOCABULARY_SIZE, pairKey } from "./pair-key.ts";
import { PriorityQueue } from "./priority-queue.ts";

/** A piece of text as initial symbols (ids of bytes), and how often it occurs. */
export interface CountedWord {
  readonly symbols: readonly number[];
  readonly count: number;
}

export interface LearnedMerge {
  readonly left: number;
  readonly right: number;
  readonly result: number;
  /** n(left, right) when it was merged. */
  readonly count: number;
}

interface Candidate {
  readonly key: number;
  readonly left: number;
  readonly right: number;
  /** n(left, right) when the candidate was queued; stale where it has changed since. */
  readonly count: number;
}

interface Word {
  symbols: readonly number[];
  readonly count: number;
}

/** Merges one after another. `tokens` is the text of each token by its id; learned ones are appended. */
export class MergeLearner {
  readonly tokens: string[];
  readonly #ids: Map<string, number>;
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  /** Words that have, or once had, the pair. */
  readonly #places = new Map<number, Set<number>>();
  readonly #queue = new PriorityQueue<Candidate>(comesBefore);

  constructor(words: Iterable<CountedWord>, initialTokens: readonly string[]) {
    this.tokens = [...initialTokens];
    this.#ids = new Map(initialTokens.map((token, id) => [token, id]));
    this.#words = Array.from(words, ({ symbols, count }) => ({ symbols, count }));
    for (const [index, word] of this.#words.entries()) {
      for (const key of pairsOf(word.symbols)) {
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + word.count);
        this.#placesOf(key).add(index);
      }
    }
    for (const key of this.#counts.keys()) this.#offer(key);
  }

  /** The next merge, applied; undefined where no pair occurs at least `minFrequency` times. */
  next(minFrequency: number): LearnedMerge | undefined {
    for (let best = this.#queue.pop(); best !== undefined; best = this.#queue.pop()) {
      const count = this.#counts.get(best.key) ?? 0;
      if (count === best.count) {
        if (count < Math.max(1, minFrequency)) return undefined;
        return this.#merge(best);
      }
      if (count > 0 && count < best.count) this.#offer(best.key);
    }
    return undefined;
  }

  #merge({ key, left, right, count }: Candidate): LearnedMerge {
    const text = `${this.tokens[left]}${this.tokens[right]}`;
    let result = this.#ids.get(text);
    if (result === undefined) {
      result = this.tokens.push(text) - 1;
      this.#ids.set(text, result);
    }
    const changes = new Map<number, number>();
    for (const index of this.#placesOf(key)) this.#rewrite(index, left, right, result, changes);
    for (const [changed, difference] of changes) {
      if (difference === 0) continue;
      this.#counts.set(changed, (this.#counts.get(changed) ?? 0) + difference);
      // Candidates whose count fell are queued anew when they come up.
      if (difference > 0) this.#offer(changed);
    }
    this.#counts.delete(key);
    this.#places.delete(key);
    return { left, right, result, count };
  }

  #rewrite(index: number, left: number, right: number, result: number, changes: Map<number, number>): void {
    const word = this.#words[index] as Word;
    const merged = mergePair(word.symbols, left, right, result);
    if (merged.length === word.symbols.length) return;
    for (const key of pairsOf(word.symbols)) changes.set(key, (changes.get(key) ?? 0) - word.count);
    for (const key of pairsOf(merged)) {
      changes.set(key, (changes.get(key) ?? 0) + word.count);
      this.#placesOf(key).add(index);
    }
    word.symbols = merged;
  }

  #placesOf(key: number): Set<number> {
    let places = this.#places.get(key);
    if (places === undefined) {
      places = new Set();
      this.#places.set(key, places);
    }
    return places;
  }

  #offer(key: number): void {
    const right = key % MAX_VOCABULARY_SIZE;
    const left = (key - right) / MAX_VOCABULARY_SIZE;
    this.#queue.push({ key, left, right, count: this.#counts.get(key) ?? 0 });
  }
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

function pairsOf(symbols: readonly number[]): number[] {
  const keys: number[] = [];
  for (let index = 0; index + 1 < symbols.length; index++) {
    keys.push(pairKey(symbols[index] as number, symbols[index + 1] as number));
  }
  return keys;
}

function mergePair(symbols: readonly number[], left: number, right: number, result: number): number[] {
  const merged: number[] = [];
  for (let index = 0; index < symbols.length; index++) {
    if (symbols[index] === left && symbols[index + 1] === right) {
      merged.push(result);
      index++;
    } else {
      merged.push(symbols[index] as number);
    }
  }
  return merged;
}
