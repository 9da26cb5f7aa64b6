/**
 * The people of the tiny world who write answers, with their mistakes.
 *
 * A person starts from a correct answer (as many allowed words as asked, in alphabetical order) and then makes five
 * kinds of mistake, each independently with a probability of the person's own, in this sequence:
 *
 * 1. off topic: all words replaced by words that do not fit;
 * 2. count: one word too few (60 %, where there is more than one) or one too many;
 * 3. fit: a neighbour's word repeated (25 %, where there is more than one) or a word replaced by one that does not fit;
 * 4. order: the words shuffled (which leaves them sorted now and then);
 * 5. style: a rude opener.
 */
import type { Random } from "./random.ts";
import { BAD_OPENERS, GOOD_OPENERS, numbered, type Request } from "./world.ts";

/** A kind of person: its share of the crowd and the probability of each kind of mistake. */
export interface Person {
  readonly share: number;
  readonly offTopic: number;
  readonly count: number;
  readonly fit: number;
  readonly order: number;
  readonly style: number;
}

export interface Crowd {
  /** Shares sum to 1. */
  readonly people: readonly Person[];
  /** Probability that an answer is spoilt: every word of it is then replaced with probability `spoiltWords`. */
  readonly spoilt: number;
  readonly spoiltWords: number;
}

/** Who writes the demonstrations (IFT): careful, average and hurried people. About 3.36 of 5 points, 24 % perfect. */
export const DEMONSTRATORS: Crowd = {
  people: [
    { share: 0.2, offTopic: 0, count: 0.03, fit: 0.03, order: 0.05, style: 0.05 },
    { share: 0.45, offTopic: 0.03, count: 0.25, fit: 0.25, order: 0.6, style: 0.45 },
    { share: 0.35, offTopic: 0.12, count: 0.45, fit: 0.45, order: 0.9, style: 0.85 },
  ],
  spoilt: 0,
  spoiltWords: 0,
};

/**
 * Who writes the answers that experts review (EFT). Worse on purpose, so that every score and every kind of mistake
 * occurs: a judge that sees few words that do not fit never learns to notice one.
 */
export const REVIEWED: Crowd = {
  people: [
    { share: 0.35, offTopic: 0, count: 0.15, fit: 0.15, order: 0.1, style: 0.2 },
    { share: 0.65, offTopic: 0.1, count: 0.35, fit: 0.55, order: 0.6, style: 0.5 },
  ],
  spoilt: 0.5,
  spoiltWords: 0.4,
};

const DROP_SHARE_OF_COUNT_MISTAKES = 0.6;
const REPEAT_SHARE_OF_FIT_MISTAKES = 0.25;

function drawPerson(random: Random, crowd: Crowd): Person {
  const u = random.uint32() / 2 ** 32;
  let reached = 0;
  for (const person of crowd.people) {
    reached += person.share;
    if (u < reached) return person;
  }
  return crowd.people.at(-1) as Person;
}

function mistakeCount(random: Random, request: Request, words: readonly string[]): string[] {
  if (words.length > 1 && random.chance(DROP_SHARE_OF_COUNT_MISTAKES)) {
    return words.toSpliced(random.below(words.length), 1);
  }
  const unused = request.allowed.filter((word) => !words.includes(word));
  return words.toSpliced(random.below(words.length + 1), 0, random.pick(unused));
}

function mistakeFit(random: Random, request: Request, words: readonly string[]): string[] {
  const at = random.below(words.length);
  if (words.length > 1 && random.chance(REPEAT_SHARE_OF_FIT_MISTAKES)) {
    return words.with(at, words[(at + 1) % words.length] as string);
  }
  return words.with(at, random.pick(request.forbidden));
}

/** One answer to a request by a random person of the crowd, e.g. `sure : 1 bear 2 cat`. */
export function drawAnswer(random: Random, request: Request, crowd: Crowd): string {
  const person = drawPerson(random, crowd);
  let words = random.sample(request.allowed, request.count).sort();
  if (random.chance(person.offTopic)) words = random.sample(request.forbidden, words.length);
  if (random.chance(person.count)) words = mistakeCount(random, request, words);
  if (random.chance(person.fit)) words = mistakeFit(random, request, words);
  if (random.chance(crowd.spoilt)) {
    words = words.map((word) => (random.chance(crowd.spoiltWords) ? random.pick(request.forbidden) : word));
  }
  if (random.chance(person.order)) words = random.shuffled(words);
  const opener = random.pick(random.chance(person.style) ? BAD_OPENERS : GOOD_OPENERS);
  return `${opener} ${numbered(words)}`;
}
