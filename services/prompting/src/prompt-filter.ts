import { normalisePrompt } from "./normalise-prompt.ts";
import { SimilarityIndex } from "./similarity-index.ts";

/**
 * Why a generated prompt is not used. A prompt is counted once, under the first that applies, in this order:
 *
 * - `cut_off`: generation ended at the token limit
 * - `empty`: nothing but white space
 * - `special_token`: it contains a special token's text
 * - `too_short`, `too_long`: words or characters outside the limits
 * - `forbidden_keyword`: it asks for what a text model cannot give (an image, a file, ...)
 * - `held_out`: it equals a held-out prompt, is near to one, or ends with an excluded suffix
 * - `duplicate`: it equals a known or kept prompt (case and white space aside)
 * - `near_duplicate`: its ROUGE-L F with a known or kept prompt reaches the threshold
 */
export const promptRejections = [
  "cut_off",
  "empty",
  "special_token",
  "too_short",
  "too_long",
  "forbidden_keyword",
  "held_out",
  "duplicate",
  "near_duplicate",
] as const;
export type PromptRejection = (typeof promptRejections)[number];

export interface PromptFilterOptions {
  /** Words are runs without white space. */
  readonly minWords: number;
  readonly maxWords: number;
  readonly maxCharacters: number;
  /** Whole words or phrases, compared without case. */
  readonly forbiddenKeywords: readonly string[];
  /** Compared as they are written. */
  readonly specialTokens: readonly string[];
  /** Near duplicates are dropped at this ROUGE-L F and above; null drops exact ones alone. */
  readonly similarityThreshold: number | null;
  /** Endings, whole words, that no prompt may have: requests that are kept for evaluation in whatever context. */
  readonly excludedSuffixes: readonly string[];
}

/** The method's own values (Self-Instruct, arXiv 2212.10560, section 2.2): similarity 0.7, no prompts about other media. */
export const defaultPromptFilter: PromptFilterOptions = {
  minWords: 3,
  maxWords: 150,
  maxCharacters: 4000,
  forbiddenKeywords:
    "image images picture pictures photo photos graph graphs chart charts plot plots diagram diagrams flowchart flowcharts draw drawing file files map maps video videos audio music".split(
      " ",
    ),
  specialTokens: [],
  similarityThreshold: 0.7,
  excludedSuffixes: [],
};

export interface PromptFilterSets {
  /** Prompts in use already: seed data and those of earlier rounds. */
  readonly known: Iterable<string>;
  /** Prompts kept for evaluation and validation. */
  readonly heldOut: Iterable<string>;
}

export interface GeneratedPrompt {
  readonly text: string;
  readonly cutOff: boolean;
}

/** Takes generated prompts one by one, in an order that the caller fixes, and keeps the usable ones. */
export class PromptFilter {
  readonly #options: PromptFilterOptions;
  readonly #seen = new Set<string>();
  readonly #heldOut = new Set<string>();
  readonly #suffixes: ReadonlySet<string>;
  readonly #suffixWords: readonly number[];
  readonly #keywords: RegExp | null;
  readonly #nearSeen: SimilarityIndex | null;
  readonly #nearHeldOut: SimilarityIndex | null;
  readonly #rejected = new Map<PromptRejection, number>();
  #kept = 0;

  constructor(options: PromptFilterOptions, sets: PromptFilterSets) {
    checkOptions(options);
    this.#options = options;
    const threshold = options.similarityThreshold;
    this.#nearSeen = threshold === null ? null : new SimilarityIndex(threshold);
    this.#nearHeldOut = threshold === null ? null : new SimilarityIndex(threshold);
    this.#suffixes = new Set(options.excludedSuffixes.map(normalisePrompt));
    this.#suffixWords = [...new Set([...this.#suffixes].map((suffix) => suffix.split(" ").length))];
    this.#keywords = keywordPattern(options.forbiddenKeywords);
    for (const text of sets.known) this.#see(text);
    for (const text of sets.heldOut) {
      this.#heldOut.add(normalisePrompt(text));
      this.#nearHeldOut?.add(text);
    }
  }

  /** Null where the prompt is kept (later ones are compared with it too), else why not. Both are counted. */
  offer(prompt: GeneratedPrompt): PromptRejection | null {
    const rejection = this.#examine(prompt);
    if (rejection === null) {
      this.#kept += 1;
      this.#see(prompt.text);
    } else this.#rejected.set(rejection, (this.#rejected.get(rejection) ?? 0) + 1);
    return rejection;
  }

  /** offered = kept + sum of rejected. */
  get counts(): { offered: number; kept: number; rejected: Record<PromptRejection, number> } {
    const entries = promptRejections.map((reason) => [reason, this.#rejected.get(reason) ?? 0] as const);
    const offered = entries.reduce((total, [, count]) => total + count, this.#kept);
    return { offered, kept: this.#kept, rejected: Object.fromEntries(entries) as Record<PromptRejection, number> };
  }

  #see(text: string): void {
    this.#seen.add(normalisePrompt(text));
    this.#nearSeen?.add(text);
  }

  #examine({ text, cutOff }: GeneratedPrompt): PromptRejection | null {
    if (cutOff) return "cut_off";
    const normalised = normalisePrompt(text);
    if (normalised === "") return "empty";
    if (this.#options.specialTokens.some((token) => text.includes(token))) return "special_token";
    const words = normalised.split(" ");
    if (words.length < this.#options.minWords) return "too_short";
    if (words.length > this.#options.maxWords || text.trim().length > this.#options.maxCharacters) return "too_long";
    if (this.#keywords?.test(normalised)) return "forbidden_keyword";
    if (this.#isHeldOut(text, normalised, words)) return "held_out";
    if (this.#seen.has(normalised)) return "duplicate";
    return this.#nearSeen?.hasSimilar(text) ? "near_duplicate" : null;
  }

  #isHeldOut(text: string, normalised: string, words: readonly string[]): boolean {
    if (this.#heldOut.has(normalised)) return true;
    if (this.#suffixWords.some((count) => this.#suffixes.has(words.slice(-count).join(" ")))) return true;
    return this.#nearHeldOut?.hasSimilar(text) ?? false;
  }
}

function keywordPattern(keywords: readonly string[]): RegExp | null {
  if (keywords.length === 0) return null;
  const escaped = keywords.map((keyword) => normalisePrompt(keyword).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "u");
}

/** Throws RangeError naming the option, its value and the remedy. */
function checkOptions(options: PromptFilterOptions): void {
  for (const name of ["minWords", "maxWords", "maxCharacters"] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 0) {
      throw new RangeError(`${name} is ${options[name]}; must be a whole number, 0 or more`);
    }
  }
  if (options.maxWords < options.minWords) {
    throw new RangeError(`maxWords is ${options.maxWords}, below minWords, ${options.minWords}; no prompt could pass`);
  }
  for (const name of ["forbiddenKeywords", "specialTokens", "excludedSuffixes"] as const) {
    if (options[name].some((entry) => entry.trim() === "")) {
      throw new RangeError(`${name} holds an empty entry, which every prompt would match; remove it`);
    }
  }
}
