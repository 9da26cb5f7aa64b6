/**
 * Reads what an instruction asks for, by the grammar of the tiny world:
 *
 *     instruction = context " . " request
 *     context     = "i have a " W " and a " W | "my " W " is near the " W | "we saw no " W " but one " W
 *     request     = "list " N " " asked " from a to z" | "name " N " " asked " in order"
 *     asked       = C | C " or " C                  two different categories
 *
 * W: a word of the lexicon; N: a digit 1..6; C: a category. The world itself asks for 2..5 words and names two
 * different words in a context; a model that writes instructions of its own strays a little from that and is
 * understood: what is asked is as clear.
 */
import { LEXICON } from "./lexicon.ts";

/** What an answer is measured against. */
export interface Demand {
  readonly count: number;
  /** One category or two different ones. */
  readonly categories: readonly string[];
}

const W = `(?:${[...LEXICON.keys()].join("|")})`;
const C = `(?:${[...new Set(LEXICON.values())].join("|")})`;

const INSTRUCTION = new RegExp(
  `^(?:i have a ${W} and a ${W}|my ${W} is near the ${W}|we saw no ${W} but one ${W}) \\. ` +
    `(?:list(?= .* from a to z$)|name(?= .* in order$)) (?<count>[1-6]) (?<first>${C})(?: or (?<second>${C}))? ` +
    `(?:from a to z|in order)$`,
);

/** What the instruction asks for, or null where it is not one of this world. */
export function readInstruction(instruction: string): Demand | null {
  const groups = INSTRUCTION.exec(instruction)?.groups;
  if (groups === undefined) return null;
  const { count, first, second } = groups as { count: string; first: string; second?: string };
  if (first === second) return null;
  return { count: Number(count), categories: second === undefined ? [first] : [first, second] };
}

/** True where a word of the lexicon is of an asked category. */
export function answersDemand(demand: Demand, word: string): boolean {
  const category = LEXICON.get(word);
  return category !== undefined && demand.categories.includes(category);
}
