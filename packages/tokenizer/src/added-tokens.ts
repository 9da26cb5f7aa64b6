import type { Normalizer } from "./normalizer.ts";
import { TokenizerError } from "./tokenizer-error.ts";
import type { AddedToken } from "./tokenizer-json.ts";

/** A stretch of text: an added token, or text between such. */
export type TextPart = { readonly id: number } | { readonly text: string };

/** `\w` and `\s` as the Rust crate `regex` has them. */
const ENDS_WITH_WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const STARTS_WITH_WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WHITE_SPACE = /\p{White_Space}/u;

/**
 * Finds added tokens in text before anything else is done to it: first those that are not normalised, then, in the
 * normalised rest, those that are. Leftmost match first, of these the longest.
 */
export class AddedTokens {
  readonly #raw: TokenFinder;
  readonly #normalized: TokenFinder;
  readonly #normalizer: Normalizer;

  constructor(tokens: readonly AddedToken[], normalizer: Normalizer) {
    this.#normalizer = normalizer;
    this.#raw = new TokenFinder(tokens.filter((token) => !token.normalized).map((token) => [token.content, token]));
    this.#normalized = new TokenFinder(
      tokens.filter((token) => token.normalized).map((token) => [normalizer(token.content), token]),
    );
  }

  /** Parts in order; text is normalised, none of it is empty. */
  split(text: string): TextPart[] {
    return this.#raw
      .split(text)
      .flatMap((part) => ("id" in part ? [part] : this.#normalized.split(this.#normalizer(part.text))));
  }
}

class TokenFinder {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly (readonly [string, AddedToken])[]) {
    this.#tokens = new Map(tokens);
    const longestFirst = [...this.#tokens.keys()]
      .filter((content) => content !== "")
      .sort((a, b) => b.length - a.length);
    this.#pattern = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(quote).join("|"), "g");
  }

  split(text: string): TextPart[] {
    if (this.#pattern === undefined) return text === "" ? [] : [{ text }];
    const parts: TextPart[] = [];
    let end = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(match[0]) as AddedToken;
      const [start, stop] = this.#extent(text, match.index, token, match[0].length);
      if (start === undefined) continue;
      // White space that the token before has taken is not taken twice; a token that was nothing else is gone with it.
      const from = token.lstrip ? Math.max(start, end) : start;
      if (stop <= from) continue;
      if (end < from) parts.push({ text: text.slice(end, from) });
      parts.push({ id: token.id });
      end = stop;
    }
    if (end < text.length) parts.push({ text: text.slice(end) });
    return parts;
  }

  /** Start and end of a token with the white space that it takes along; start undefined: no match by `single_word`. */
  #extent(text: string, index: number, token: AddedToken, length: number): [number | undefined, number] {
    let start = index;
    let stop = index + length;
    if (token.single_word) {
      // Two code units hold the character at either side.
      const before = text.slice(Math.max(0, start - 2), start);
      const joined = ENDS_WITH_WORD.test(before) || STARTS_WITH_WORD.test(text.slice(stop, stop + 2));
      if (joined) return [undefined, stop];
    }
    if (token.lstrip) while (start > 0 && WHITE_SPACE.test(text.charAt(start - 1))) start--;
    if (token.rstrip) while (stop < text.length && WHITE_SPACE.test(text.charAt(stop))) stop++;
    return [start, stop];
  }
}

function quote(content: string): string {
  return content.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/**
 * Checks the list against the model's vocabulary and itself: a token has one id and an id one token.
 * Throws TokenizerError (TOKENIZER_INVALID).
 */
export function checkAddedTokens(
  tokens: readonly AddedToken[],
  tokenToId: ReadonlyMap<string, number>,
  idToToken: ReadonlyMap<number, string>,
): void {
  const addedIds = new Map<string, number>();
  const addedContents = new Map<number, string>();
  for (const [index, { id, content }] of tokens.entries()) {
    const otherId = tokenToId.get(content) ?? addedIds.get(content);
    const otherContent = idToToken.get(id) ?? addedContents.get(id);
    if ((otherId ?? id) !== id || (otherContent ?? content) !== content) {
      const known = otherId === undefined ? `id ${id} is ${JSON.stringify(otherContent)}` : `its id is ${otherId}`;
      throw new TokenizerError(
        "TOKENIZER_INVALID",
        `tokenizer.json: added_tokens[${index}] gives ${JSON.stringify(content)} the id ${id}, but elsewhere ${known}`,
        { field: `tokenizer.json added_tokens[${index}]`, value: String(id) },
      );
    }
    addedIds.set(content, id);
    addedContents.set(id, content);
  }
}
