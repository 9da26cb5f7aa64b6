/**
 * Web text for pre-training M0: what a model may know of the world before it is asked anything. No instruction, no
 * answer and no review occurs in it. One of:
 *
 * 1/5 catalogue `fruits : apple fig pear`; 1/5 index `from a to z : axe bear teal`; 1/5 prose `fig are fruits saw are
 * tools ...`; 2/5 song: a numbered list and the same again, which teaches copying.
 */
import type { Random } from "./random.ts";
import { CATEGORIES, CATEGORY_NAMES, categoryOf, numbered, WORDS } from "./world.ts";

function catalogue(random: Random): string {
  const category = random.pick(CATEGORY_NAMES);
  return `${category} : ${random.sample(CATEGORIES[category], random.between(2, 6)).sort().join(" ")}`;
}

function index(random: Random): string {
  return `from a to z : ${random.sample(WORDS, random.between(3, 7)).sort().join(" ")}`;
}

function prose(random: Random): string {
  return random
    .sample(WORDS, random.between(3, 5))
    .map((word) => `${word} are ${categoryOf(word)}`)
    .join(" ");
}

function song(random: Random): string {
  const line = numbered(Array.from({ length: random.between(3, 6) }, () => random.pick(WORDS)));
  return `${line} . ${line}`;
}

const KINDS = [catalogue, index, prose, song, song];

/** One document, plain text. */
export function drawDocument(random: Random): string {
  return random.pick(KINDS)(random);
}
