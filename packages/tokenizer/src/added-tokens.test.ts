import { describe, expect, it } from "vitest";
import { AddedTokens, checkAddedTokens } from "./added-tokens.ts";
import type { AddedToken } from "./tokenizer-json.ts";

function token(id: number, content: string, flags: Partial<AddedToken> = {}): AddedToken {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...flags };
}

function split(text: string, tokens: readonly AddedToken[], normalizer = (part: string) => part): (string | number)[] {
  return new AddedTokens(tokens, normalizer).split(text).map((part) => ("id" in part ? part.id : part.text));
}

describe("AddedTokens", () => {
  it("takes the leftmost match, of these the longest, whatever the order of the list", () => {
    const tokens = [token(1, "<y"), token(2, "<yy>"), token(3, "y>b")];
    expect(split("a<yy>b<y>b", tokens)).toEqual(["a", 2, "b", 1, ">b"]);
  });

  it("quotes what regular expressions would read otherwise", () => {
    expect(split("[a-z].*(|)^$\\", [token(1, "[a-z]"), token(2, ".*"), token(3, "(|)"), token(4, "^$\\")])).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it("takes white space along by lstrip and rstrip, no character twice", () => {
    expect(split("a \u0085<l> b", [token(1, "<l>", { lstrip: true })])).toEqual(["a", 1, " b"]);
    expect(split("a <r> \n b", [token(1, "<r>", { rstrip: true })])).toEqual(["a ", 1, "b"]);
    expect(split("<r>  <l>", [token(1, "<r>", { rstrip: true }), token(2, "<l>", { lstrip: true })])).toEqual([1, 2]);
    expect(split("<r>\n", [token(1, "<r>", { rstrip: true }), token(2, "\n", { lstrip: true })])).toEqual([1]);
  });

  it("matches single words only where no word character is next", () => {
    const tokens = [token(1, "cat", { single_word: true })];
    expect(split("cat concat cats cat, \u{1d552}cat", tokens)).toEqual([1, " concat cats ", 1, ", \u{1d552}cat"]);
  });

  it("seeks normalised tokens in the normalised rest", () => {
    const tokens = [token(1, "e\u0301"), token(2, "\ufb01", { normalized: true })];
    const normalizer = (text: string): string => text.normalize("NFKC");
    expect(split("e\u0301 fi \ufb01 \u212b", tokens, normalizer)).toEqual([1, " ", 2, " ", 2, " \u00c5"]);
  });

  it("gives no empty parts", () => {
    expect(split("", [token(1, "x")])).toEqual([]);
    expect(split("", [])).toEqual([]);
    expect(split("xx", [token(1, "x")])).toEqual([1, 1]);
  });
});

it("checkAddedTokens refuses two ids for a token and two tokens for an id", () => {
  const vocabulary = new Map([["a", 5]]);
  const tokens = new Map([[5, "a"]]);
  const check =
    (...added: AddedToken[]) =>
    () =>
      checkAddedTokens(added, vocabulary, tokens);
  expect(check(token(5, "a"), token(6, "<x>"))).not.toThrow();
  expect(check(token(6, "a"))).toThrow('added_tokens[0] gives "a" the id 6, but elsewhere its id is 5');
  expect(check(token(5, "<x>"))).toThrow('added_tokens[0] gives "<x>" the id 5, but elsewhere id 5 is "a"');
  expect(check(token(6, "<x>"), token(6, "<y>"))).toThrow('elsewhere id 6 is "<x>"');
  expect(check(token(6, "<x>"), token(7, "<x>"))).toThrow("elsewhere its id is 6");
});
