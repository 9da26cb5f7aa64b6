/**
 * The ground truth of the tiny world: five independent points for an answer. The loop never sees it; evaluation alone
 * measures with it.
 *
 * An answer is read from left to right as tokens separated by white space: the opener up to and including the first
 * `:`, then the body, in which every token that is a word of the lexicon is an item and everything else is not.
 *
 * - relevant: there is an item, and at least half of the items are of an asked category;
 * - count: as many items as asked;
 * - fit: there is an item, and all are of an asked category;
 * - order: there is an item, and each comes strictly after the one before in the alphabet (a repeated word fails, a
 *   single word passes);
 * - style: the opener is `sure :` or `gladly :`, and the body is exactly `1 item 2 item ...` (an empty body passes).
 */
import { answersDemand, readInstruction } from "./instruction.ts";
import { LEXICON } from "./lexicon.ts";

export interface Criteria {
  readonly relevant: boolean;
  readonly count: boolean;
  readonly fit: boolean;
  readonly order: boolean;
  readonly style: boolean;
}

export interface Verdict {
  /** Number of criteria met, 0..5. */
  readonly score: number;
  readonly criteria: Criteria;
}

/** What one pass over the body of an answer finds. */
interface Tally {
  items: number;
  fitting: number;
  ascending: boolean;
  /** The body so far is `1 item 2 item ...` with nothing else. */
  numbered: boolean;
}

function tallyBody(body: readonly string[], fits: (word: string) => boolean): Tally {
  const tally: Tally = { items: 0, fitting: 0, ascending: true, numbered: body.length % 2 === 0 };
  let before = "";
  for (const [position, token] of body.entries()) {
    const isItem = LEXICON.has(token);
    const expected = position % 2 === 0 ? token === String(position / 2 + 1) : isItem;
    if (!expected) tally.numbered = false;
    if (!isItem) continue;
    // Words are lower-case ASCII, for which comparison by code unit is the alphabet.
    if (token <= before) tally.ascending = false;
    before = token;
    tally.items++;
    if (fits(token)) tally.fitting++;
  }
  return tally;
}

/** Verdict on an answer to an instruction; null where the instruction is not one of this world. */
export function verify(instruction: string, answer: string): Verdict | null {
  const demand = readInstruction(instruction);
  if (demand === null) return null;
  const tokens = answer.match(/\S+/g) ?? [];
  const colon = tokens.findIndex((token) => token === ":");
  const { items, fitting, ascending, numbered } = tallyBody(tokens.slice(colon + 1), (word) =>
    answersDemand(demand, word),
  );
  const friendly = colon === 1 && (tokens[0] === "sure" || tokens[0] === "gladly");
  const criteria: Criteria = {
    relevant: items > 0 && fitting >= items / 2,
    count: items === demand.count,
    fit: items > 0 && fitting === items,
    order: items > 0 && ascending,
    style: friendly && numbered,
  };
  return { score: Object.values(criteria).filter(Boolean).length, criteria };
}
