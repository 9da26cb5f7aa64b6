import { describe, expect, it } from "vitest";
import { translatePattern } from "./oniguruma-pattern.ts";
import { TokenizerError } from "./tokenizer-error.ts";

const matches = (pattern: string, text: string): string[] => text.match(translatePattern(pattern, "p")) ?? [];

describe("translatePattern", () => {
  it("takes white space as Unicode has it: with U+0085, without U+FEFF", () => {
    expect(matches(String.raw`\s`, "a \u0085\ufeff\u3000\u2028")).toEqual([" ", "\u0085", "\u3000", "\u2028"]);
    expect(matches(String.raw`\S`, "a \u0085\ufeff")).toEqual(["a", "\ufeff"]);
    expect(matches(String.raw`[^\s]`, "\u0085b")).toEqual(["b"]);
  });

  it("takes digits, letters and marks of all scripts", () => {
    expect(matches(String.raw`\d+`, "12\u0661\u0662x\u00bd")).toEqual(["12\u0661\u0662"]);
    expect(matches(String.raw`\w+`, "e\u0301_\u65e5-\u{1d7d8}")).toEqual(["e\u0301_\u65e5", "\u{1d7d8}"]);
    expect(matches(String.raw`\W`, "a-\u0301")).toEqual(["-"]);
    expect(matches(String.raw`\p{Han}+|\p{^L}`, "\u65e5\u672ca1")).toEqual(["\u65e5\u672c", "1"]);
  });

  it("lets the dot match all but a line feed", () => {
    expect(matches(".+", "a\r\u2028b\nc")).toEqual(["a\r\u2028b", "c"]);
  });

  it("ignores case within (?i:...) only, with the two further cases that ASCII letters have", () => {
    expect(matches("(?i:'s|'re)|'t", "'s'S'\u017f'rE't'T")).toEqual(["'s", "'S", "'\u017f", "'rE", "'t"]);
    expect(matches("(?i:[kx])(?i:[a-z]+)", "\u212aAz\u017fq XY")).toEqual(["\u212aAz\u017fq", "XY"]);
    expect(matches("(?i:a(?-i:b))", "AbAB")).toEqual(["Ab"]);
  });

  it("does not go back into possessive quantifiers and atomic groups", () => {
    expect(matches("a++ab|b", "aaab")).toEqual(["b"]);
    expect(matches("a?+ab|x", "aab ab x")).toEqual(["aab", "x"]);
    expect(matches("(?>a|ab)c|abc", "abc ac")).toEqual(["abc", "ac"]);
    expect(matches("[^x]*+y|y", "aay")).toEqual(["y"]);
  });

  it("reads escapes, intervals and literals that JavaScript would refuse", () => {
    expect(matches(String.raw`\x41\u00e9\x{1f600}\-\'\#`, "A\u00e9\u{1f600}-'#")).toEqual(["A\u00e9\u{1f600}-'#"]);
    expect(matches("a{,2}b|c{2}", "aaab ccc")).toEqual(["aab", "cc"]);
    expect(matches(String.raw`[\]\-\\a-c]+`, "a]-\\d")).toEqual(["a]-\\"]);
    expect(matches("a]}", "a]}")).toEqual(["a]}"]);
  });

  it.each([
    ["^a", "`^`"],
    ["a$", "`$`"],
    [String.raw`\ba`, String.raw`\b`],
    [String.raw`(a)\1`, String.raw`\1`],
    ["(?<name>a)", "(?<n"],
    ["(?i)a", "(?i)"],
    ["[[:alpha:]]", "a class within a class"],
    ["[a-z&&[^b]]", "&&"],
    ["[a&&b]", "&&"],
    [String.raw`\p{Punct}`, "{Punct}"],
    [String.raw`(?i:\p{Lu})`, "one case"],
    ["(?i:\u00e9)", "(?i:"],
    ["a{2}+", "{2}+"],
    ["a|*", "`*`"],
    ["(a", "without its `)`"],
    ["a)", "closes no group"],
    ["[a", "ends within"],
    [String.raw`\x80`, String.raw`\x`],
  ])("refuses %s by name and path", (pattern, named) => {
    expect(() => translatePattern(pattern, "pre_tokenizer.pattern.Regex")).toThrow(
      expect.objectContaining({
        name: "TokenizerError",
        reason: "TOKENIZER_UNSUPPORTED",
        field: "tokenizer.json pre_tokenizer.pattern.Regex",
        message: expect.stringContaining(named),
      }),
    );
    expect(() => translatePattern(pattern, "p")).toThrow(TokenizerError);
  });
});
