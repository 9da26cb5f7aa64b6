import { normaliseText } from "./score/normalise-text.ts";
import { numberWords, readNumber } from "./score/read-number.ts";
import { readTail } from "./score/read-tail.ts";
import { failed, MAX_SCORE, type ScoreFailure, type ScoreResult, succeeded } from "./score/score-result.ts";
import { TextCursor } from "./score/text-cursor.ts";

/**
 * Reads the score out of a judgement's text.
 *
 *     mention   = "score" separator openers number tail      "score" as a whole word, in any case
 *     separator = ":" | "=" | " - " | line break
 *
 * The last conclusive mention decides. A mention is conclusive where a number follows its separator, readable or not,
 * or where the text is cut off inside it; a template's echo and prose after the colon conclude nothing. A mention in
 * quotation marks within a sentence ("the answer says 'Score: 5'") yields to any that is not.
 *
 * Never throws; time grows linearly with the text. Source of the format: the last line of the additive five-point
 * rubric of arXiv 2401.10020, `Score: <total points>`; what else is accepted is listed in parse-score.corpus.jsonl.
 */
export function parseScore(judgement: string): ScoreResult {
  const text = normaliseText(judgement).trimEnd();
  if (text === "") return failed("empty");
  let quoted: ScoreResult | null = null;
  let failure: ScoreFailure = "no_mention";
  for (const start of mentionsFromLast(text)) {
    const result = readMention(text, start);
    if (result === null) continue;
    if (result === "inconclusive") {
      failure = "no_number";
      continue;
    }
    if (!isQuoted(text, start)) return result;
    // Where the judge's own mention comes later and says nothing, the quoted one must not stand in for it.
    if (failure === "no_mention") quoted ??= result;
  }
  return quoted ?? failed(failure);
}

const WORD = "score";

function mentionsFromLast(text: string): number[] {
  return Array.from(text.matchAll(/score/gi), (match) => match.index)
    .filter((start) => isWholeWord(text, start))
    .reverse();
}

/** Looks back a few characters only: markup before the word, or one that makes it part of another ("sub-score"). */
function isWholeWord(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 6), start);
  return !/[\p{L}\p{N}\p{M}](?:_+|-)?$/u.test(before) && !/_{4,}$/.test(before);
}

/** The scale's end is not a verdict: "Maximum score: 5". */
const scaleWords =
  /(?<!\p{L})(?:max(?:imum)?\.?|min(?:imum)?\.?|highest|lowest|possible)(?: +(?:total|possible))?[ *_"'`]*$/iu;

/** Null: not a mention (no separator, or one that names the scale). */
function readMention(text: string, start: number): ScoreResult | "inconclusive" | null {
  const cursor = new TextCursor(text, start + WORD.length);
  const separator = takeSeparator(cursor);
  if (separator === null) return null;
  if (scaleWords.test(text.slice(Math.max(0, start - 32), start))) return "inconclusive";
  const openers = takeOpeners(cursor, separator === "line break");
  if (endsInside(cursor)) return separator === "line break" ? "inconclusive" : failed("cut_off");
  const blocked = readBlocker(cursor);
  if (blocked !== null) return openers.onNextLine && blocked === "ambiguous" ? "inconclusive" : failed(blocked);
  const number = readNumber(cursor);
  if (number.kind === "none") return "inconclusive";
  if (number.kind === "refused")
    return openers.onNextLine && !restIsShort(cursor) ? "inconclusive" : failed(number.failure);
  const tail = readTail(cursor, { value: number.value, ...openers });
  if (tail.kind === "scale") return "inconclusive";
  // A line that begins with a number may be a list or prose; only one that says nothing else is a score.
  if (openers.onNextLine && !isOwnLine(tail, cursor)) return "inconclusive";
  if (tail.kind === "refused") return failed(tail.failure);
  return number.value > MAX_SCORE ? failed("out_of_range") : succeeded(number.value);
}

function isOwnLine(tail: ReturnType<typeof readTail>, cursor: TextCursor): boolean {
  return tail.kind === "stands" ? tail.alone || tail.hasDenominator : restIsShort(cursor);
}

/** What a refused number leaves on its own line ("3 - 4", "8/10", "4.7.1") is short and holds no words. */
function restIsShort(cursor: TextCursor): boolean {
  return cursor.sees(/(?:[^\p{L}\n]|or|to|out|of|and|e){0,40}(?:\n|$)/iuy);
}

type Separator = "sign" | "dash" | "line break";

function takeSeparator(cursor: TextCursor): Separator | null {
  cursor.take(/[ *_`"'”’»›)\]}>]*/y);
  if (cursor.take(/:=|[:=]{1,2}/y)) return "sign";
  if (cursor.peek(-1) === " " && cursor.take(/[-–](?=\s|$)/y)) return "dash";
  return cursor.sees(/\n/y) ? "line break" : null;
}

interface Openers {
  readonly onNextLine: boolean;
  readonly openBrackets: number;
  readonly angle: boolean;
}

const inlineOpeners =
  /(?:[ *_`"'“”‘’„«»‹›([{}$「『【]|\\(?:boxed|text|textbf|mathbf|mathrm|emph|fbox|underline)\{|\\[([]|\+(?=\d))*/y;
const lineOpeners = /(?: *\n)+(?: *(?:#{1,6}|>|[-*•–](?= )))? */y;

/** White space, markup, quotes and brackets before the number; on a new line also a heading, quote or list mark. */
function takeOpeners(cursor: TextCursor, afterLineBreak: boolean): Openers {
  const start = cursor.position;
  let onNextLine = afterLineBreak;
  cursor.take(inlineOpeners);
  while (cursor.take(lineOpeners)) {
    onNextLine = true;
    cursor.take(inlineOpeners);
  }
  const brackets = cursor.text.slice(start, cursor.position).match(/[([{]/g)?.length ?? 0;
  const angle = cursor.take(/<(?=[^<>\n]{1,24}>)/y) !== null;
  return { onNextLine, openBrackets: brackets, angle };
}

/** "f", "fo", "fou", ...; not "four", which begins "fourteen" and is a word of its own. */
const beginnings: ReadonlySet<string> = new Set(
  [...numberWords.keys()]
    .flatMap((word) => Array.from({ length: word.length - 1 }, (_, end) => word.slice(0, end + 1)))
    .filter((beginning) => !numberWords.has(beginning)),
);

/** The text ends where the number should be: nothing is left, or the beginning of a number word or of markup. */
function endsInside(cursor: TextCursor): boolean {
  if (cursor.sees(/\s*(?:\\[a-z]*|[<~+–-])?\s*$/iy)) return true;
  const last = /([a-z]{1,8})\s*$/iy;
  last.lastIndex = cursor.position;
  return beginnings.has((last.exec(cursor.text)?.[1] ?? "").toLowerCase());
}

const approximation =
  /[~≈<>≤≥±]+ *|(?:about|around|approximately|approx\.?|roughly|nearly|almost|between|from|either|at least|at most|up to|more than|less than|over|under|above|below|maybe|perhaps|possibly|probably)[ :]+/iy;

/** What stands before a number and forbids reading it; null where nothing does. */
function readBlocker(cursor: TextCursor): ScoreFailure | null {
  if (cursor.sees(/(?:n\/a|none|null|unknown|undefined|not applicable)(?![\p{L}\p{N}])/iuy)) return "no_number";
  const ahead = cursor.fork();
  if (ahead.take(/[-–]+|(?:minus|negative)[ -]+/iy)) return startsNumber(ahead) ? "negative" : null;
  if (ahead.take(approximation)) return startsNumber(ahead) ? "ambiguous" : null;
  return null;
}

function startsNumber(cursor: TextCursor): boolean {
  cursor.take(/[ *_`"'(]{0,8}/y);
  return readNumber(cursor).kind !== "none";
}

/** Opening quotation mark before the word and closing one after it on the same line, with words before the quotation. */
function isQuoted(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 80), start);
  const opening = /(?<![\p{L}\p{N}])["“”‘'`«「][^\n"“”‘’'`«»「」]{0,40}$/u.exec(before);
  if (!opening || !/\p{L}[^\n]*$/u.test(before.slice(0, opening.index))) return false;
  return /^[^\n"”’'`»」]{1,40}["”’'`»」](?!\p{L})/u.test(text.slice(start, start + 48));
}
