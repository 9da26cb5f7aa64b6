/**
 * The tiny world: 32 words of four categories, and instructions that ask for some of them in alphabetical order.
 *
 *     instruction = CONTEXT " . " REQUEST         e.g. "my cat is near the wrench . name 5 fruits in order"
 *
 * The context is a distractor with two different words. A request asks for words of one category or of either of two:
 * 2 families, 2 wordings, counts 2..5, 4 categories: 32 requests of one category and 96 of two, 128 in all; with
 * 2,976 contexts 380,928 instructions.
 */
import type { Random } from "./random.ts";

export const CATEGORIES = {
  fruits: ["apple", "banana", "cherry", "fig", "grape", "lemon", "mango", "pear"],
  animals: ["bear", "cat", "dog", "fox", "goat", "horse", "lion", "wolf"],
  colors: ["amber", "blue", "crimson", "green", "indigo", "pink", "red", "teal"],
  tools: ["axe", "brush", "drill", "file", "hammer", "knife", "saw", "wrench"],
} as const satisfies Record<string, readonly string[]>;

export type Category = keyof typeof CATEGORIES;

export const CATEGORY_NAMES = Object.keys(CATEGORIES) as Category[];

/** All words in alphabetical order. */
export const WORDS: readonly string[] = Object.values(CATEGORIES).flat().sort();

const RANKS = new Map(WORDS.map((word, rank) => [word, rank]));
const CATEGORY_OF = new Map<string, Category>(
  CATEGORY_NAMES.flatMap((category) => CATEGORIES[category].map((word) => [word, category] as const)),
);

/** Alphabetical rank of a word over all 32, from 0; undefined where the world has no such word. */
export function rankOf(word: string): number | undefined {
  return RANKS.get(word);
}

/** Category of a word of the world. */
export function categoryOf(word: string): Category | undefined {
  return CATEGORY_OF.get(word);
}

/** Smallest and largest number of words that a request asks for. */
export const COUNTS = { least: 2, most: 5 } as const;

export const GOOD_OPENERS = ["sure :", "gladly :"] as const;
export const BAD_OPENERS = ["ugh :", "whatever :"] as const;

const CONTEXTS: readonly ((first: string, second: string) => string)[] = [
  (first, second) => `i have a ${first} and a ${second}`,
  (first, second) => `my ${first} is near the ${second}`,
  (first, second) => `we saw no ${first} but one ${second}`,
];

const WORDINGS: readonly ((count: number, asked: string) => string)[] = [
  (count, asked) => `list ${count} ${asked} from a to z`,
  (count, asked) => `name ${count} ${asked} in order`,
];

/** What an instruction asks for: `count` words of any of `categories` (one, or two different ones). */
export interface Request {
  readonly text: string;
  readonly count: number;
  readonly categories: readonly Category[];
  /** The words that fit, in alphabetical order: 8 or 16. */
  readonly allowed: readonly string[];
  /** The words that do not fit, in alphabetical order. */
  readonly forbidden: readonly string[];
}

export interface Instruction {
  /** Context and request, as the model reads them. */
  readonly text: string;
  readonly request: Request;
}

/** One category (`list 3 fruits ...`), or words of either of two (`list 3 fruits or tools ...`). */
const FAMILIES: readonly (readonly (readonly Category[])[])[] = [
  CATEGORY_NAMES.map((category) => [category]),
  CATEGORY_NAMES.flatMap((first) =>
    CATEGORY_NAMES.filter((second) => second !== first).map((second) => [first, second]),
  ),
];

function makeRequest(categories: readonly Category[], count: number, wording: (typeof WORDINGS)[number]): Request {
  const fits = (word: string) => categories.includes(CATEGORY_OF.get(word) as Category);
  return {
    text: wording(count, categories.join(" or ")),
    count,
    categories,
    allowed: WORDS.filter(fits),
    forbidden: WORDS.filter((word) => !fits(word)),
  };
}

const REQUESTS_BY_FAMILY: readonly (readonly Request[])[] = FAMILIES.map((family) =>
  family.flatMap((categories) =>
    Array.from({ length: COUNTS.most - COUNTS.least + 1 }, (_, i) => COUNTS.least + i).flatMap((count) =>
      WORDINGS.map((wording) => makeRequest(categories, count, wording)),
    ),
  ),
);

/** The 128 different requests. */
export const REQUESTS: readonly Request[] = REQUESTS_BY_FAMILY.flat();

/** A random instruction: the two families are equally likely, and so is everything within a family. */
export function drawInstruction(random: Random): Instruction {
  const request = random.pick(random.pick(REQUESTS_BY_FAMILY));
  const context = random.pick(CONTEXTS);
  const first = random.pick(WORDS);
  const second = random.pick(WORDS.filter((word) => word !== first));
  return { text: `${context(first, second)} . ${request.text}`, request };
}

/** `1 bear 2 cat`: items are numbered, without which a model of two layers does not learn to copy them. */
export function numbered(words: readonly string[]): string {
  return words.map((word, i) => `${i + 1} ${word}`).join(" ");
}
