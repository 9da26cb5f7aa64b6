import { readEscape } from "./oniguruma-escape.ts";
import { bothCases, type PatternCursor, quoteLiteral } from "./pattern-cursor.ts";

type Member = { readonly character: string } | { readonly set: string };

/** Reads on after `[`: members, ranges, sets, a leading `^`. Nested classes, `&&` and POSIX brackets are refused. */
export function readCharacterClass(cursor: PatternCursor, ignoreCase: boolean): string {
  let source = cursor.take("^") ? "[^" : "[";
  // Ruby takes a `]` in first place as a member with a warning, JavaScript as the end.
  if (cursor.peek() === "]") throw cursor.unsupported("a class that begins with `]`");
  while (!cursor.take("]")) {
    const member = readMember(cursor, ignoreCase);
    if ("set" in member) {
      source += member.set;
    } else if (cursor.peek() === "-" && cursor.rest(2) !== "-]") {
      source += readRange(cursor, member.character, ignoreCase);
    } else {
      source += (ignoreCase ? bothCases(member.character, cursor) : [quoteLiteral(member.character)]).join("");
    }
  }
  return `${source}]`;
}

function readMember(cursor: PatternCursor, ignoreCase: boolean): Member {
  if (cursor.peek() === "[") throw cursor.unsupported("a class within a class");
  if (cursor.rest(2) === "&&") throw cursor.unsupported("`&&` within a class");
  const character = cursor.next();
  if (character !== "\\") return { character };
  const escape = readEscape(cursor, true);
  if (escape.kind === "character") return { character: escape.character };
  if (ignoreCase && escape.caseSensitive) throw cursor.unsupported("letters of one case under (?i:");
  return { set: escape.source };
}

function readRange(cursor: PatternCursor, first: string, ignoreCase: boolean): string {
  cursor.take("-");
  const last = readMember(cursor, ignoreCase);
  if ("set" in last) throw cursor.unsupported("a range that ends with a set");
  const source = `${quoteLiteral(first)}-${quoteLiteral(last.character)}`;
  if (!ignoreCase) return source;
  const range = `${first}-${last.character}`;
  // Both whole alphabets at once, with the two characters beyond ASCII that fold into them.
  if (range === "a-z" || range === "A-Z") return "a-zA-Z\\u{17f}\\u{212a}";
  if (/^\d-\d$/.test(range)) return source;
  throw cursor.unsupported(`the range \`${range}\` under (?i:`);
}
