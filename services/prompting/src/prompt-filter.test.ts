import { describe, expect, it } from "vitest";
import { PromptFilter, type PromptFilterOptions } from "./prompt-filter.ts";

const usual: PromptFilterOptions = {
  minLength: 3,
  maxLength: 150,
  forbiddenKeywords: ["image", "photo", "file"],
  specialTokens: [],
  similarityThreshold: 0.7,
  excludedSuffixes: [],
};

const filter = (options: Partial<PromptFilterOptions> = {}, excluded: string[] = []) =>
  new PromptFilter({ ...usual, ...options }, excluded);

const prompt = (text: string, cutOff = false) => ({ text, cutOff });

describe("PromptFilter", () => {
  it("keeps a good prompt", () => {
    expect(filter().offer(prompt("Explain why the sky is blue."))).toBeNull();
  });

  it.each([
    ["cut_off", prompt("Explain why the sky", true)],
    ["empty", prompt(" \n ")],
    ["special_token", prompt("Explain <end> why the sky is blue")],
    ["too_short", prompt("Explain this")],
    ["too_long", prompt("word ".repeat(151))],
    ["forbidden_keyword", prompt("Describe the attached Image in words")],
    ["forbidden_keyword", prompt("Open the file, then sum it up")],
    ["excluded", prompt("what is THE capital  of Chad?")],
    ["near_duplicate", prompt("What is the capital city of Chad?")],
    ["held_out", prompt("my cat is near the wrench . name 5 fruits in order")],
    ["held_out", prompt("Name 5 fruits in order")],
  ] as const)("rejects as %s: %j", (reason, offered) => {
    const options = { specialTokens: ["<end>"], excludedSuffixes: ["name 5 fruits in order"] };
    const one = filter(options, ["What is the capital of Chad?"]);
    expect(one.offer(offered)).toBe(reason);
    expect(one.counts).toMatchObject({ offered: 1, kept: 0, rejected: { [reason]: 1 } });
  });

  it.each(["Describe the imagery of this poem", "Compile a profile of Ada Lovelace", "Write about photography today"])(
    "takes keywords for whole words: %s",
    (text) => {
      expect(filter().offer(prompt(text))).toBeNull();
    },
  );

  it("takes keywords as they are written, without patterns", () => {
    const one = filter({ forbiddenKeywords: ["c++ (old)", "go to"] });
    expect(one.offer(prompt("Explain C++ (old) templates to me"))).toBe("forbidden_keyword");
    expect(one.offer(prompt("Should I go to Rome in May"))).toBe("forbidden_keyword");
    expect(one.offer(prompt("Explain ccc old templates to me"))).toBeNull();
  });

  it("takes suffixes for whole words", () => {
    const one = filter({ excludedSuffixes: ["name 5 fruits"], similarityThreshold: null });
    expect(one.offer(prompt("hello there . rename 5 fruits"))).toBeNull();
    expect(one.offer(prompt("name 5 fruits in order"))).toBeNull();
    expect(one.offer(prompt("hello there . Name 5  fruits "))).toBe("held_out");
  });

  it("counts tokens where they were counted, words otherwise", () => {
    const one = filter({ minLength: 4, maxLength: 5 });
    expect(one.offer({ ...prompt("a b c"), length: 4 })).toBeNull();
    expect(one.offer({ ...prompt("d e f g"), length: 6 })).toBe("too_long");
    expect(one.offer({ ...prompt("d e f g"), length: 3 })).toBe("too_short");
    expect(one.offer(prompt("d e f g"))).toBeNull();
    expect(filter({ maxLength: Infinity }).offer(prompt("word ".repeat(10_000)))).toBeNull();
  });

  it("compares with what it kept, and not with what it rejected", () => {
    const one = filter({ minLength: 5 });
    expect(one.offer(prompt("Write a poem now"))).toBe("too_short");
    expect(one.offer(prompt("Write a poem right now"))).toBeNull();
    expect(one.offer(prompt("write a poem RIGHT now"))).toBe("duplicate");
    expect(one.offer(prompt("Write a long poem right now"))).toBe("near_duplicate");
    expect(one.counts.offered).toBe(4);
    expect(one.counts.kept).toBe(1);
  });

  it("drops exact duplicates alone where no threshold is given", () => {
    const one = filter({ similarityThreshold: null, forbiddenKeywords: [] }, ["list 3 tools"]);
    const offered = [
      "list 2 fruits from a to z",
      "list 3 fruits from a to z",
      "list 2 fruits from a to z",
      "a file . list 3 tools",
    ];
    expect(offered.map((text) => one.offer(prompt(text)))).toEqual([null, null, "duplicate", null]);
  });

  it("compares prompts of any script exactly", () => {
    const one = filter({ minLength: 1 });
    expect(one.offer(prompt("空はなぜ青いのですか"))).toBeNull();
    expect(one.offer(prompt("空はなぜ青いのですか"))).toBe("duplicate");
    expect(one.offer(prompt("海はなぜ青いのですか"))).toBeNull();
  });

  it.each([
    [{ minLength: -1 }, "minLength is -1"],
    [{ maxLength: Number.NaN }, "maxLength is NaN"],
    [{ minLength: 9, maxLength: 8 }, "maxLength is 8, below minLength, 9"],
    [{ excludedSuffixes: ["x", " "] }, "excludedSuffixes holds an empty entry"],
    [{ forbiddenKeywords: [""] }, "forbiddenKeywords holds an empty entry"],
    [{ similarityThreshold: 7 }, "similarity threshold is 7"],
  ])("refuses %j", (options, message) => {
    expect(() => filter(options)).toThrow(message);
  });
});
