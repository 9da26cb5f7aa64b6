/**
 * Translates the regular expressions of tokenizer.json (Oniguruma, Ruby syntax) to JavaScript with the flag `u`.
 *
 * What differs, and what becomes of it:
 *   \s \S      Unicode White_Space, in Oniguruma with U+0085 and without U+FEFF   -> \p{White_Space}
 *   \d         decimal digits of all scripts                                      -> \p{Nd}
 *   \w         letters, marks, decimal digits, connectors                         -> a class of these
 *   .          all but \n                                                         -> [^\n]
 *   (...)      a group whose capture nobody reads                                 -> (?:...)
 *   (?i:...)   each letter becomes the class of its cases; `s` and `k` have a third one each, U+017F and U+212A
 *   (?>X), X?+ X*+ X++ (no backtracking into X)                                   -> (?=(X))\1, as lookaheads are atomic
 *   {,n}       none to n                                                          -> {0,n}
 * All else that is not plainly the same in both is refused by name.
 */
import { readCharacterClass } from "./oniguruma-class.ts";
import { readEscape } from "./oniguruma-escape.ts";
import { bothCases, PatternCursor, quoteLiteral } from "./pattern-cursor.ts";

/** Compiled with the flags `g` and `u`. Throws TokenizerError (TOKENIZER_UNSUPPORTED) naming the construct and `path`. */
export function translatePattern(pattern: string, path: string): RegExp {
  const cursor = new PatternCursor(pattern, path);
  const source = readAlternation(cursor, false);
  if (!cursor.atEnd()) throw cursor.unsupported("a `)` that closes no group");
  try {
    return new RegExp(source, "gu");
  } catch {
    throw cursor.unsupported(`the pattern as a whole (read as ${source})`);
  }
}

function readAlternation(cursor: PatternCursor, ignoreCase: boolean): string {
  const branches = [readSequence(cursor, ignoreCase)];
  while (cursor.take("|")) branches.push(readSequence(cursor, ignoreCase));
  return branches.join("|");
}

function readSequence(cursor: PatternCursor, ignoreCase: boolean): string {
  let source = "";
  while (!cursor.atEnd() && cursor.peek() !== "|" && cursor.peek() !== ")") {
    source += readQuantifier(cursor, readAtom(cursor, ignoreCase));
  }
  return source;
}

function readAtom(cursor: PatternCursor, ignoreCase: boolean): string {
  const character = cursor.next();
  switch (character) {
    case "(":
      return readGroup(cursor, ignoreCase);
    case "[":
      return readCharacterClass(cursor, ignoreCase);
    case ".":
      return "[^\\n]";
    case "\\": {
      const escape = readEscape(cursor);
      if (escape.kind === "character") return literal(escape.character, ignoreCase, cursor);
      if (ignoreCase && escape.caseSensitive) throw cursor.unsupported("letters of one case under (?i:");
      return escape.source;
    }
    case "^":
    case "$":
    case "?":
    case "*":
    case "+":
    case "{":
      throw cursor.unsupported(`\`${character}\` in this place`);
    default:
      return literal(character, ignoreCase, cursor);
  }
}

function literal(character: string, ignoreCase: boolean, cursor: PatternCursor): string {
  if (!ignoreCase) return quoteLiteral(character);
  const cases = bothCases(character, cursor);
  return cases.length === 1 ? quoteLiteral(character) : `[${cases.join("")}]`;
}

/** Openings of groups whose meaning is the same in JavaScript. */
const LOOKAROUNDS = ["?=", "?!", "?<=", "?<!"];

function readGroup(cursor: PatternCursor, ignoreCase: boolean): string {
  const lookaround = LOOKAROUNDS.find((opening) => cursor.take(opening));
  if (lookaround !== undefined) return `(${lookaround}${readBody(cursor, ignoreCase)})`;
  if (cursor.take("?:")) return `(?:${readBody(cursor, ignoreCase)})`;
  if (cursor.take("?i:")) return `(?:${readBody(cursor, true)})`;
  if (cursor.take("?-i:")) return `(?:${readBody(cursor, false)})`;
  if (cursor.take("?>")) return cursor.atomic(readBody(cursor, ignoreCase));
  if (cursor.peek() === "?") throw cursor.unsupported(`the group \`(${cursor.rest(3)}\``);
  return `(?:${readBody(cursor, ignoreCase)})`;
}

function readBody(cursor: PatternCursor, ignoreCase: boolean): string {
  const body = readAlternation(cursor, ignoreCase);
  if (!cursor.take(")")) throw cursor.unsupported("a group without its `)`");
  return body;
}

function readQuantifier(cursor: PatternCursor, atom: string): string {
  const simple = ["?", "*", "+"].find((quantifier) => cursor.take(quantifier));
  if (simple !== undefined) {
    if (cursor.take("?")) return `${atom}${simple}?`;
    return cursor.take("+") ? cursor.atomic(`${atom}${simple}`) : `${atom}${simple}`;
  }
  const interval = cursor.takeMatch(/\{(\d*)(,?)(\d*)\}/y);
  if (interval === undefined) return atom;
  const [whole, low = "", comma = "", high = ""] = interval;
  // Ruby reads `{n,m}+` and `{n}?` otherwise than other dialects; no published tokenizer has them.
  if ((low === "" && high === "") || ["?", "+", "*", "{"].includes(cursor.peek())) {
    throw cursor.unsupported(`the quantifier \`${whole}${cursor.peek()}\``);
  }
  return `${atom}{${low === "" ? "0" : low}${comma}${high}}`;
}
