import type { ScoreFailure } from "./score-result.ts";
import type { TextCursor } from "./text-cursor.ts";

/**
 * number   = digits [("." | ",") digits] [half] | "." digits | word [" point " word+] [half]
 * half     = "½" | " 1/2" | " and a half" | ... and the same for quarters, after a whole number only
 *
 * on text as `normaliseText` leaves it. `none`: no number stands here (the cursor stays); `refused`: something that
 * looks like one and must not be read as one.
 */
export type NumberReading =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "refused"; readonly failure: ScoreFailure }
  | { readonly kind: "none" };

export const numberWords: ReadonlyMap<string, number> = new Map(
  (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " +
    "eighteen nineteen twenty"
  )
    .split(" ")
    .map((word, value) => [word, value] as const)
    .concat([
      ["thirty", 30],
      ["forty", 40],
      ["fifty", 50],
      ["sixty", 60],
      ["seventy", 70],
      ["eighty", 80],
      ["ninety", 90],
      ["hundred", 100],
      ["thousand", 1000],
    ]),
);

const words = [...numberWords.keys()].sort((a, b) => b.length - a.length).join("|");
/** A closing quote may follow a word, an apostrophe with a letter ("one's") makes it another word. */
const wordPattern = new RegExp(`(${words})(?![\\p{L}\\p{N}\\p{M}]|['’]\\p{L})`, "iuy");
const digitsPattern = /(\d+)(?:([.,])(\d+))?|\.(\d+)/y;
const joinedText = /[\p{L}\p{M}\p{N}^°]/uy;
const unit = /(?:points?|pts?|stars?|分|点|點|점)(?!\p{L})/iuy;

export function readNumber(cursor: TextCursor): NumberReading {
  return cursor.sees(wordPattern) ? readWords(cursor) : readDigits(cursor);
}

function readDigits(cursor: TextCursor): NumberReading {
  const match = cursor.take(digitsPattern);
  if (!match) return { kind: "none" };
  const [, whole = "0", mark, decimals, bareDecimals] = match;
  // 4.7.1, 1,000,000 and 4'000; "4,000" alone may mean four thousand.
  if (cursor.sees(/[.,'’٬]\d/y) || (mark === "," && decimals?.length === 3)) return refuse("malformed_number");
  const fraction = decimals ?? bareDecimals;
  const part = fraction === undefined ? readFraction(cursor) : 0;
  if (part === null) return refuse("malformed_number");
  if (cursor.take(/ ?[%‰]/y)) return refuse("other_denominator");
  if (cursor.sees(joinedText) && !cursor.sees(unit)) return refuse("malformed_number");
  const value = Number(`${whole.replace(/^0+(?=\d)/, "")}.${fraction ?? 0}`);
  // A decimal above 5 by less than a double can hold must not round down into the range.
  const hair = value === 5 && /[1-9]/.test(fraction ?? "") && /^0*5$/.test(whole) ? Number.EPSILON * 8 : 0;
  return { kind: "value", value: value + part + hair };
}

function readWords(cursor: TextCursor): NumberReading {
  const word = cursor.take(wordPattern)?.[1] ?? "";
  const value = numberWords.get(word.toLowerCase()) ?? Number.NaN;
  const decimals = readWordDecimals(cursor);
  if (decimals !== null) return { kind: "value", value: Number(`${value}.${decimals}`) };
  // "four point" with nothing after it is the beginning of "four point five"; "one point" is a whole.
  if (value !== 1 && cursor.sees(/ +point\s*$/iy)) return refuse("cut_off");
  const part = readFraction(cursor);
  if (part === null) return refuse("malformed_number");
  return { kind: "value", value: value + part };
}

/** Digits spelled after "point": "two five" as "25"; null where none are. */
function readWordDecimals(cursor: TextCursor): string | null {
  const ahead = cursor.fork();
  if (!ahead.take(/ +point +/iy)) return null;
  let digits = "";
  for (let word = ahead.take(wordPattern); word; word = ahead.take(wordPattern)) {
    const digit = numberWords.get((word[1] ?? "").toLowerCase()) ?? 10;
    if (digit > 9) return null;
    digits += digit;
    cursor.position = ahead.position;
    if (!ahead.take(/ +/y)) break;
  }
  return digits === "" ? null : digits;
}

/** The fraction after a whole number: 0 where there is none, null where one stands that is not a half or quarter. */
function readFraction(cursor: TextCursor): number | null {
  const sign = cursor.take(/ ?([½¼¾])/y)?.[1];
  if (sign !== undefined) return sign === "½" ? 0.5 : sign === "¼" ? 0.25 : 0.75;
  const ratio = cursor.take(/ +(?:(?:and|&) +)?(1\/2|1\/4|3\/4)(?![\d/])/iy)?.[1];
  if (ratio !== undefined) return ratio === "1/2" ? 0.5 : ratio === "1/4" ? 0.25 : 0.75;
  const spelled = cursor.take(
    /[ -]+(?:and|&)[ -]+(?:(?:(?:a|one)[ -]+)?(half|quarter)|(three)[ -]+quarters)(?!\p{L})/iuy,
  );
  if (spelled) return spelled[2] !== undefined ? 0.75 : spelled[1]?.toLowerCase() === "half" ? 0.5 : 0.25;
  if (
    cursor.sees(
      /[ -]+(?:(?:and|&)[ -]+(?:an?|one|two|three|\d+)[ -]+)?(?:half|hal(?:ves)|quarters?|thirds?|fourths?|fifths?|eighths?|tenths?)(?!\p{L})/iuy,
    )
  )
    return null;
  return 0;
}

/** Moves past "points", "pts", "stars" and the like, joined or after a space. */
export function skipUnit(cursor: TextCursor): void {
  const ahead = cursor.fork();
  ahead.take(/ +/y);
  if (ahead.take(unit)) cursor.position = ahead.position;
}

export const refuse = (failure: ScoreFailure): { readonly kind: "refused"; readonly failure: ScoreFailure } => ({
  kind: "refused",
  failure,
});
