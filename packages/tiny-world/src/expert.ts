/**
 * The expert whose reviews teach the judge (EFT). The knowledge that the judge is taught is all here: the expert goes
 * through the answer word by word, then gives five verdicts, one point each, without a mistake.
 *
 *     review = { NUMBER WORD ("fits" | "wrong") ("first" | "ok" | "back") } "want" COUNT "."
 *              "relevant" V "count" V "fit" V "order" V "style" V "score" ":" POINTS          V = "yes" | "no"
 *
 * relevant: at least half of the words fit (and there is one); count: as many words as asked; fit: all words fit (and
 * there is one); order: every word comes alphabetically after the one before, so that a repeated word fails (and there
 * is one); style: a friendly opener and nothing but `1 word 2 word ...` after it.
 *
 * The ground truth that measures models is another package, written apart from this one; a test holds them together.
 */
import { GOOD_OPENERS, numbered, type Request, rankOf } from "./world.ts";

export const CRITERIA = ["relevant", "count", "fit", "order", "style"] as const;
export type Criterion = (typeof CRITERIA)[number];

export interface Review {
  /** What the expert writes, e.g. `1 bear fits first 2 cat fits ok want 2 . relevant yes ... score : 5`. */
  readonly text: string;
  readonly verdicts: Readonly<Record<Criterion, boolean>>;
  /** Number of verdicts that are true, 0..5. */
  readonly score: number;
}

interface ReadAnswer {
  /** Everything up to the first colon; empty where there is none. */
  readonly opener: string;
  /** The words of the world after it, in the order in which they come. */
  readonly words: readonly string[];
  readonly wellFormed: boolean;
}

function readAnswer(answer: string): ReadAnswer {
  const tokens = answer.split(/\s+/).filter((token) => token !== "");
  const colon = tokens.indexOf(":");
  const body = tokens.slice(colon + 1);
  const words = body.filter((token) => rankOf(token) !== undefined);
  return {
    opener: tokens.slice(0, colon + 1).join(" "),
    words,
    wellFormed: body.join(" ") === numbered(words),
  };
}

/** True where `word` stands alphabetically after `before`; a repeated word does not. */
function isAfter(word: string, before: string): boolean {
  return (rankOf(word) as number) > (rankOf(before) as number);
}

/** The expert's review of any answer to a request. */
export function review(request: Request, answer: string): Review {
  const { opener, words, wellFormed } = readAnswer(answer);
  const fits = words.map((word) => request.allowed.includes(word));
  const inOrder = words.map((word, i) => i === 0 || isAfter(word, words[i - 1] as string));
  const fitting = fits.filter(Boolean).length;
  const some = words.length > 0;
  const verdicts: Record<Criterion, boolean> = {
    relevant: some && 2 * fitting >= words.length,
    count: words.length === request.count,
    fit: some && fitting === words.length,
    order: some && inOrder.every(Boolean),
    style: wellFormed && (GOOD_OPENERS as readonly string[]).includes(opener),
  };
  const score = CRITERIA.filter((criterion) => verdicts[criterion]).length;
  const notes = words.map((word, i) => {
    const place = i === 0 ? "first" : inOrder[i] ? "ok" : "back";
    return `${i + 1} ${word} ${fits[i] ? "fits" : "wrong"} ${place}`;
  });
  const closing = CRITERIA.map((criterion) => `${criterion} ${verdicts[criterion] ? "yes" : "no"}`);
  const text = [...notes, `want ${request.count} .`, ...closing, `score : ${score}`].join(" ");
  return { text, verdicts, score };
}
