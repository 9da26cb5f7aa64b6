import { TokenizerError } from "./tokenizer-error.ts";

/** A reading position in a pattern of tokenizer.json. Characters are code points. */
export class PatternCursor {
  readonly #pattern: string;
  readonly #path: string;
  #position = 0;
  #atomicGroups = 0;

  constructor(pattern: string, path: string) {
    this.#pattern = pattern;
    this.#path = path;
  }

  atEnd(): boolean {
    return this.#position >= this.#pattern.length;
  }

  /** The next character without taking it; empty at the end. */
  peek(): string {
    const code = this.#pattern.codePointAt(this.#position);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  next(): string {
    const character = this.peek();
    if (character === "") throw this.unsupported("a pattern that ends within a construct");
    this.#position += character.length;
    return character;
  }

  /** Takes `text` if it comes next. */
  take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#position)) return false;
    this.#position += text.length;
    return true;
  }

  /** Takes what a sticky expression matches here. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#position;
    const match = expression.exec(this.#pattern);
    if (match === null) return undefined;
    this.#position += match[0].length;
    return match;
  }

  rest(length: number): string {
    return this.#pattern.slice(this.#position, this.#position + length);
  }

  /** JavaScript source that matches as `source` does and is never backtracked into. */
  atomic(source: string): string {
    const name = `atomic${this.#atomicGroups++}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  unsupported(construct: string): TokenizerError {
    return new TokenizerError(
      "TOKENIZER_UNSUPPORTED",
      `tokenizer.json: ${this.#path} has ${construct} (near character ${this.#position} of ${JSON.stringify(this.#pattern)}), which is not supported in a split pattern`,
      { field: `tokenizer.json ${this.#path}`, value: this.#pattern },
    );
  }
}

/** A character as JavaScript source, the same within a class and outside. */
export function quoteLiteral(character: string): string {
  if (/^[A-Za-z0-9]$/.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return `\\u{${code.toString(16)}}`;
}

/** Further characters that fold to an ASCII letter (Unicode CaseFolding.txt, status C). */
const FURTHER_CASES: Readonly<Record<string, string>> = { s: "\u{17f}", k: "\u{212a}" };

/** The characters that are equal to this one under simple case folding, as JavaScript source. */
export function bothCases(character: string, cursor: PatternCursor): string[] {
  const lower = character.toLowerCase();
  if (lower === character.toUpperCase()) return [quoteLiteral(character)];
  if (!/^[a-z]$/.test(lower)) throw cursor.unsupported(`the letter \`${character}\` under (?i:`);
  return [lower, lower.toUpperCase(), FURTHER_CASES[lower] ?? ""].filter((one) => one !== "").map(quoteLiteral);
}
