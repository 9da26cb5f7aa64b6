import type { PatternCursor } from "./pattern-cursor.ts";

/** What a backslash begins: one character, or a set of them as JavaScript source that may stand within a class. */
export type Escape =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "set"; readonly source: string; readonly caseSensitive: boolean };

const CONTROLS: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  f: "\f",
  v: "\v",
  a: "\u{7}",
  e: "\u{1b}",
};

/** Sets as they stand within a class; \W, which JavaScript cannot write within one, is left out. */
const SETS: Readonly<Record<string, string>> = {
  s: "\\p{White_Space}",
  S: "\\P{White_Space}",
  d: "\\p{Nd}",
  D: "\\P{Nd}",
};

const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

/** Reads on after a backslash. */
export function readEscape(cursor: PatternCursor, withinClass = false): Escape {
  const character = cursor.next();
  const set = SETS[character];
  if (set !== undefined) return { kind: "set", source: set, caseSensitive: false };
  if (character === "w") return { kind: "set", source: withinClass ? WORD : `[${WORD}]`, caseSensitive: false };
  if (character === "W" && !withinClass) return { kind: "set", source: `[^${WORD}]`, caseSensitive: false };
  if (character === "p" || character === "P") return readProperty(cursor, character === "P");
  if (character === "x" || character === "u") return readCodePoint(cursor, character);
  const control = CONTROLS[character];
  if (control !== undefined) return { kind: "character", character: control };
  if (/[A-Za-z0-9]/.test(character)) throw cursor.unsupported(`the escape \`\\${character}\``);
  return { kind: "character", character };
}

function readCodePoint(cursor: PatternCursor, letter: string): Escape {
  const digits = cursor.takeMatch(letter === "u" ? /([0-9A-Fa-f]{4})/y : /\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})/y);
  const code = digits === undefined ? Number.NaN : Number.parseInt(digits[1] ?? digits[2] ?? "", 16);
  // Two-digit codes above 7f are bytes to Oniguruma, not characters.
  if (Number.isNaN(code) || code > 0x10ffff || (digits?.[2] !== undefined && code > 0x7f)) {
    throw cursor.unsupported(`the escape \`\\${letter}\``);
  }
  return { kind: "character", character: String.fromCodePoint(code) };
}

/** General categories by their short names, and scripts: names that mean the same in both dialects. */
function readProperty(cursor: PatternCursor, outerNegated: boolean): Escape {
  const name = cursor.takeMatch(/\{(\^?)([A-Za-z_]+)\}/y);
  if (name === undefined) throw cursor.unsupported("the escape `\\p` without {Name}");
  const [whole, caret = "", property = ""] = name;
  const source = /^[CLMNPSZ][a-z]?$/.test(property) ? property : `Script=${property}`;
  const negated = outerNegated !== (caret === "^");
  try {
    new RegExp(`\\p{${source}}`, "u");
  } catch {
    throw cursor.unsupported(`the property \`\\p${whole}\``);
  }
  return { kind: "set", source: `\\${negated ? "P" : "p"}{${source}}`, caseSensitive: /^L[ult]$/.test(property) };
}
