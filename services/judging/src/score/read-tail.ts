import { readNumber, refuse, skipUnit } from "./read-number.ts";
import { MAX_SCORE, type ScoreFailure } from "./score-result.ts";
import { TextCursor } from "./text-cursor.ts";

/**
 * tail = closers [unit] [denominator] {gloss} [denominator] rest
 *
 * Reads what follows a number and decides whether the number stands: a denominator must be 5, a gloss must not
 * contradict, and the rest must not make the number part of a range, a choice, a sum or a text that was cut off.
 */
export type TailReading =
  | { readonly kind: "stands"; readonly hasDenominator: boolean; readonly alone: boolean }
  | { readonly kind: "refused"; readonly failure: ScoreFailure }
  /** The number names the scale ("5-point scale"), not a score. */
  | { readonly kind: "scale" };

export interface NumberSurroundings {
  readonly value: number;
  /** Openers before the number that must be closed again: the text ends too early if it ends before they are. */
  readonly openBrackets: number;
  /** The number was opened with `<`, so that `>` must follow: "<4" alone is a comparison. */
  readonly angle: boolean;
}

/** Glosses are a few words; a longer parenthesis is prose and is not examined. It also bounds the work per mention. */
const GLOSS_LIMIT = 200;

const closers = /(?:[*_`"'”’»›)\]}>$」』】]|\\[)\]])*/y;
const denominatorMark = / {0,4}[*_`]{0,3}(?:\/|(?:out +)?of(?!\p{L}))\s{0,4}/iuy;
/** On the next line only where a number follows: "Out of interest" begins another sentence. */
const denominatorMarkBelow = /\s{1,6}[([]?(?:\/|out +of) {0,4}(?=\d|five|ten)/iy;
const fillers = /(?:(?:an?|the|total|possible|maximum|max\.?|of|full)[ -]+){0,5}/iy;
/** What is left of "a maximum of five" where the text ends too early. */
const denominatorBeginning = /(?:an?|t|th|the|to[tal]{0,3}|po?|pos[sible]{0,5}|ma?|max[imu]{0,4}|fi?v?)\s*$/iy;
const wrappers = /[*_`"'“‘([{$ ]{0,8}/y;
const scaleMark =
  /[- ]point[- ](?:scale|system|rubric|scoring|rating|range|maximum|scheme)|-point(?!s?\s*(?:$|[\n.,;]))/iy;

export function readTail(cursor: TextCursor, around: NumberSurroundings): TailReading {
  if (cursor.sees(scaleMark)) return { kind: "scale" };
  const closed = takeClosers(cursor);
  if (around.angle && !closed.includes(">")) return refuse("ambiguous");
  if (around.openBrackets > 0 && cursor.atEnd && !/[)\]}]/.test(closed)) return refuse("cut_off");
  skipUnit(cursor);
  takeClosers(cursor);
  const denominator = readDenominators(cursor, around.value);
  if (denominator !== "none" && denominator !== "five") return refuse(denominator);
  const hasDenominator = denominator === "five";
  const failure = readRest(cursor, hasDenominator);
  if (failure !== null) return refuse(failure);
  return { kind: "stands", hasDenominator, alone: cursor.sees(/[.!,;]? *(?:\n|$)/y) };
}

function takeClosers(cursor: TextCursor): string {
  return cursor.take(closers)?.[0] ?? "";
}

type Denominator = "none" | "five" | ScoreFailure;

/** Every place where a denominator may stand: at once, inside a gloss, after a gloss, as "on a scale of". */
function readDenominators(cursor: TextCursor, value: number): Denominator {
  let found = readDenominator(cursor);
  for (let glosses = 0; glosses < 2 && (found === "none" || found === "five"); glosses += 1) {
    const gloss = readGloss(cursor, value);
    if (gloss === null) break;
    found = merge(found, gloss);
    found = merge(found, readDenominator(cursor));
  }
  return merge(found, readScale(cursor));
}

/** A failure outweighs a five, a five outweighs nothing. */
function merge(first: Denominator, second: Denominator): Denominator {
  if (first !== "none" && first !== "five") return first;
  return second === "none" ? first : second;
}

function readDenominator(cursor: TextCursor): Denominator {
  if (!cursor.take(denominatorMark) && !cursor.take(denominatorMarkBelow)) return "none";
  cursor.take(wrappers);
  cursor.take(fillers);
  cursor.take(wrappers);
  if (cursor.atEnd) return "cut_off";
  const number = readNumber(cursor);
  if (number.kind === "refused") return number.failure;
  if (number.kind === "none") return cursor.sees(denominatorBeginning) ? "cut_off" : "malformed_number";
  takeClosers(cursor);
  skipUnit(cursor);
  takeClosers(cursor);
  cursor.take(/ *\((?:5|five)\)/iy);
  if (cursor.sees(/ *\/ *\d/y)) return "malformed_number";
  return number.value === MAX_SCORE ? "five" : "other_denominator";
}

/** "on a scale of 1 to 10", "on a 10-point scale". The cursor moves past it. */
function readScale(cursor: TextCursor): Denominator {
  const ahead = cursor.fork();
  if (!ahead.take(/,? +(?:on|in|using|with|from) +(?:an?|the|our|this) +/iy)) return "none";
  const spoken = ahead.take(/scale +(?:of|from) +/iy) !== null;
  let number = readNumber(ahead);
  if (spoken && number.kind === "value" && ahead.take(/ *(?:to|-|–) */iy)) number = readNumber(ahead);
  if (number.kind === "refused") return number.failure;
  if (number.kind === "none" || (!spoken && !ahead.sees(/[- ]point/iy))) return "none";
  ahead.take(/[- ]points?(?:[- ]\p{L}+)?/iuy);
  cursor.position = ahead.position;
  return number.value === MAX_SCORE ? "five" : "other_denominator";
}

/** A parenthesis after the number; null where there is none. The cursor moves past it. */
function readGloss(cursor: TextCursor, value: number): Denominator | null {
  const ahead = cursor.fork();
  if (!ahead.take(/ *[*_`]{0,3}[([]/y)) return null;
  const rest = ahead.text.slice(ahead.position, ahead.position + GLOSS_LIMIT);
  const end = rest.search(/[)\]\n]/);
  if (end < 0) return rest.length < GLOSS_LIMIT ? "cut_off" : null;
  if (rest[end] === "\n") return ahead.position + rest.trimEnd().length >= ahead.text.length ? "cut_off" : null;
  cursor.position = ahead.position + end + 1;
  takeClosers(cursor);
  return judgeGloss(new TextCursor(rest.slice(0, end).trim()), value);
}

function judgeGloss(gloss: TextCursor, value: number): Denominator {
  const denominator = readDenominator(new TextCursor(` ${gloss.text}`));
  // "(of good quality)" begins like a denominator and is none.
  if (denominator !== "none" && denominator !== "malformed_number") return denominator;
  const scaleEnd = /^(?:max(?:imum)?|scale|range|on a scale)(?!\p{L}).*?(\d+)\D*$/iu.exec(gloss.text)?.[1];
  if (scaleEnd !== undefined) return Number(scaleEnd) === MAX_SCORE ? "five" : "other_denominator";
  if (startsConnected(new TextCursor(` ${gloss.text}`))) return "ambiguous";
  gloss.take(wrappers);
  const number = readNumber(gloss);
  // "(80%)" or "(4th attempt)" say nothing against the number before them.
  if (number.kind !== "value") return "none";
  if (gloss.sees(/[- ](?:points?[- ])?(?:scale|max(?:imum)?|possible|total)(?!\p{L})/iuy)) {
    return number.value === MAX_SCORE ? "five" : "other_denominator";
  }
  takeClosers(gloss);
  skipUnit(gloss);
  const inner = readDenominator(gloss);
  if (inner !== "none" && inner !== "five") return inner;
  if (startsAlternative(gloss) && !gloss.sees(/ *[+=*×]/y)) return "ambiguous";
  if (!gloss.atEnd) return inner;
  return number.value === value ? inner : "ambiguous";
}

function readRest(cursor: TextCursor, hasDenominator: boolean): ScoreFailure | null {
  if (cursor.sees(/(?:\.{2,}|…)\s*$/y)) return "cut_off";
  if (cursor.sees(/\+(?!\p{L})|:\d|-\p{L}/uy)) return "ambiguous";
  if (cursor.sees(/ *(?:[,:/\-–+=([{<&~]|\.{2,})\s*$/y)) return "cut_off";
  if (cursor.sees(/ +(?:o|ou|out|of|or|t|to|a|an|and|and a|and a h|and a ha|and a hal|out o|out of)\s*$/iy))
    return "cut_off";
  if (cursor.sees(/[\p{L}\p{N}]/uy) && !hasDenominator) return "malformed_number";
  if (cursor.sees(openEnd)) return "ambiguous";
  if (cursor.sees(/ *(?:×|x|\*) *10 *\^/iy)) return "malformed_number";
  if (hasDenominator && cursor.sees(/ *[=≈]/y)) return null;
  return startsAlternative(cursor) ? "ambiguous" : null;
}

/** "4 or more", "4 and up": one end of a range. */
const openEnd =
  / +(?:plus|minus|(?:and|or) +(?:up|more|less|higher|lower|above|below|so)|at +(?:least|most))(?!\p{L})/iuy;
/** "4. 5" and "four.five": a decimal that came apart, unless a sentence begins with the second number. */
const brokenDecimal = / *\. */y;
const rangeMark = / *(?:-|–|~|…|\.{2,}|\||&|\+|×|\*|=|<|>|±|\/|→|÷|x(?= *\d))+ */y;
const listMark = / *[,;] */y;
const connective =
  / *(?:[,;] *)?(?:or|to|and|on|in|over|from|per|by|through|thru|until|till|vs\.?|versus|maybe|perhaps|possibly|probably|alternatively|rather|but|could|might|may|plus|minus|times|than|if|depending)\s+(?:(?:or|even|maybe|perhaps|possibly|could|might|may|an?|be|as|high|low|up|down|to|close|nearly|almost|it|also|about|at|is|not|rather|than)\s+){0,4}/iy;

/** Whether a second number follows that makes the first one an end of a range, a choice, or a term of a sum. */
function startsAlternative(cursor: TextCursor): boolean {
  if (startsConnected(cursor)) return true;
  const afterSpace = cursor.fork();
  return afterSpace.take(/ +/y) !== null && startsNumber(afterSpace);
}

/** The same, where a word or a mark joins the two. */
function startsConnected(cursor: TextCursor): boolean {
  const afterMark = cursor.fork();
  if (afterMark.take(rangeMark)) return startsNumber(afterMark);
  const afterConnective = cursor.fork();
  if (afterConnective.take(connective)) return startsNumber(afterConnective);
  const afterPoint = cursor.fork();
  if (afterPoint.take(brokenDecimal)) return standsAlone(afterPoint);
  const afterList = cursor.fork();
  return afterList.take(listMark) !== null && standsAlone(afterList);
}

/** Digits always count; a number word counts only where it is not the beginning of a phrase ("one more example"). */
function startsNumber(cursor: TextCursor): boolean {
  cursor.take(wrappers);
  return cursor.sees(/[+-]?\.?\d/y) || standsAlone(cursor);
}

function standsAlone(cursor: TextCursor): boolean {
  cursor.take(wrappers);
  if (readNumber(cursor).kind === "none") return false;
  skipUnit(cursor);
  readDenominator(cursor);
  takeClosers(cursor);
  return cursor.sees(/\s*(?:$|[\n.,;:!?)\]/-]|(?:or|and|to)\b)/iy);
}
