import { normalisePrompt } from "./normalise-prompt.ts";
import { SimilarityIndex } from "./similarity-index.ts";

/**
 * Why a generated prompt is not used. A prompt is counted once, under the first that applies, in this order:
 *
 * - `cut_off`: generation ended at the token limit
 * - `empty`: nothing but white space
 * - `special_token`: it contains a special token's text
 * - `too_short`, `too_long`: its length lies outside the limits
 * - `forbidden_keyword`: it asks for what a text model cannot give (an image, a file, ...)
 * - `held_out`: it ends with an excluded suffix
 * - `excluded`: it equals an excluded prompt (case and white space aside)
 * - `duplicate`: it equals a kept prompt (case and white space aside)
 * - `near_duplicate`: its ROUGE-L F with an excluded or kept prompt reaches the threshold
 */
export const promptRejections = [
  "cut_off",
  "empty",
  "special_token",
  "too_short",
  "too_long",
  "forbidden_keyword",
  "held_out",
  "excluded",
  "duplicate",
  "near_duplicate",
] as const;
export type PromptRejection = (typeof promptRejections)[number];

export interface PromptFilterOptions {
  /** Limits of the length, in whatever a prompt's length is counted; `maxLength` may be Infinity. */
  readonly minLength: number;
  readonly maxLength: number;
  /** Whole words or phrases, compared without case. */
  readonly forbiddenKeywords: readonly string[];
  /** Compared as they are written. */
  readonly specialTokens: readonly string[];
  /** Near duplicates are dropped at this ROUGE-L F and above; null drops exact ones alone. */
  readonly similarityThreshold: number | null;
  /** Endings, whole words, that no prompt may have: requests that are kept for evaluation in whatever context. */
  readonly excludedSuffixes: readonly string[];
}

export interface GeneratedPrompt {
  readonly text: string;
  readonly cutOff: boolean;
  /** In tokens, where they were counted; absent: words, which are runs without white space, count. */
  readonly length?: number;
}

/** Takes generated prompts one by one, in an order that the caller fixes, and keeps the usable ones. */
export class PromptFilter {
  readonly #options: PromptFilterOptions;
  readonly #excluded = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #suffixes: ReadonlySet<string>;
  readonly #suffixWords: readonly number[];
  readonly #keywords: RegExp | null;
  readonly #near: SimilarityIndex | null;
  readonly #rejected = new Map<PromptRejection, number>();
  #kept = 0;

  /** `excluded`: prompts in use already, and those that are kept for evaluation. */
  constructor(options: PromptFilterOptions, excluded: Iterable<string>) {
    checkOptions(options);
    this.#options = options;
    this.#near = options.similarityThreshold === null ? null : new SimilarityIndex(options.similarityThreshold);
    this.#suffixes = new Set(options.excludedSuffixes.map(normalisePrompt));
    this.#suffixWords = [...new Set([...this.#suffixes].map((suffix) => suffix.split(" ").length))];
    this.#keywords = keywordPattern(options.forbiddenKeywords);
    for (const text of excluded) {
      const normalised = normalisePrompt(text);
      if (this.#excluded.has(normalised)) continue;
      this.#excluded.add(normalised);
      this.#near?.add(text);
    }
  }

  /** Null where the prompt is kept (later ones are compared with it too), else why not. Both are counted. */
  offer(prompt: GeneratedPrompt): PromptRejection | null {
    const rejection = this.#examine(prompt);
    if (rejection === null) {
      this.#kept += 1;
      this.#seen.add(normalisePrompt(prompt.text));
      this.#near?.add(prompt.text);
    } else this.#rejected.set(rejection, (this.#rejected.get(rejection) ?? 0) + 1);
    return rejection;
  }

  /** offered = kept + sum of rejected. */
  get counts(): { offered: number; kept: number; rejected: Record<PromptRejection, number> } {
    const entries = promptRejections.map((reason) => [reason, this.#rejected.get(reason) ?? 0] as const);
    const offered = entries.reduce((total, [, count]) => total + count, this.#kept);
    return { offered, kept: this.#kept, rejected: Object.fromEntries(entries) as Record<PromptRejection, number> };
  }

  #examine({ text, cutOff, length }: GeneratedPrompt): PromptRejection | null {
    if (cutOff) return "cut_off";
    const normalised = normalisePrompt(text);
    if (normalised === "") return "empty";
    if (this.#options.specialTokens.some((token) => text.includes(token))) return "special_token";
    const words = normalised.split(" ");
    const size = length ?? words.length;
    if (size < this.#options.minLength) return "too_short";
    if (size > this.#options.maxLength) return "too_long";
    if (this.#keywords?.test(normalised)) return "forbidden_keyword";
    if (this.#suffixWords.some((count) => this.#suffixes.has(words.slice(-count).join(" ")))) return "held_out";
    if (this.#excluded.has(normalised)) return "excluded";
    if (this.#seen.has(normalised)) return "duplicate";
    return this.#near?.hasSimilar(text) ? "near_duplicate" : null;
  }
}

function keywordPattern(keywords: readonly string[]): RegExp | null {
  if (keywords.length === 0) return null;
  const escaped = keywords.map((keyword) => normalisePrompt(keyword).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "u");
}

/** Throws RangeError naming the option, its value and the remedy. */
function checkOptions(options: PromptFilterOptions): void {
  const { minLength, maxLength } = options;
  if (!Number.isInteger(minLength) || minLength < 0) {
    throw new RangeError(`minLength is ${minLength}; must be a whole number, 0 or more`);
  }
  if (!(maxLength >= minLength)) {
    throw new RangeError(`maxLength is ${maxLength}, below minLength, ${minLength}; no prompt could pass`);
  }
  for (const name of ["forbiddenKeywords", "specialTokens", "excludedSuffixes"] as const) {
    if (options[name].some((entry) => entry.trim() === "")) {
      throw new RangeError(`${name} holds an empty entry, which every prompt would match; remove it`);
    }
  }
}
