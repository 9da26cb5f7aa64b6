import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";
import { CATEGORIES, categoryOf, drawInstruction, numbered, REQUESTS, rankOf, WORDS } from "./world.ts";

describe("the world", () => {
  it("has 32 words in alphabetical order, eight of each category", () => {
    expect(WORDS).toHaveLength(32);
    expect(new Set(WORDS).size).toBe(32);
    WORDS.forEach((word, rank) => {
      expect(rankOf(word)).toBe(rank);
    });
    for (const [category, words] of Object.entries(CATEGORIES)) {
      expect(words).toHaveLength(8);
      for (const word of words) expect(categoryOf(word)).toBe(category);
    }
    expect(rankOf("zebra")).toBeUndefined();
    expect(categoryOf("zebra")).toBeUndefined();
  });

  it("has 128 requests, 32 of one category and 96 of two", () => {
    expect(new Set(REQUESTS.map((request) => request.text)).size).toBe(128);
    expect(REQUESTS.filter((request) => request.categories.length === 1)).toHaveLength(32);
    for (const request of REQUESTS) {
      expect(request.allowed).toHaveLength(8 * request.categories.length);
      expect([...request.allowed, ...request.forbidden].sort()).toEqual(WORDS);
    }
  });

  it("draws both families equally often, all requests, and contexts with two different words", () => {
    const random = Random.stream(1, "test");
    const drawn = Array.from({ length: 20_000 }, () => drawInstruction(random));
    expect(new Set(drawn.map(({ request }) => request.text)).size).toBe(128);
    const single = drawn.filter(({ request }) => request.categories.length === 1).length;
    expect(Math.abs(single / 20_000 - 0.5)).toBeLessThan(0.018);
    for (const { text, request } of drawn) {
      expect(text.endsWith(` . ${request.text}`)).toBe(true);
      const words = text
        .slice(0, -request.text.length)
        .split(" ")
        .filter((token) => rankOf(token) !== undefined);
      // "we saw no ..." holds the verb "saw", which is a word of the world too.
      expect(new Set(text.startsWith("we saw") ? words.slice(1) : words).size).toBe(2);
    }
  });

  it("numbers items", () => {
    expect(numbered(["bear", "cat"])).toBe("1 bear 2 cat");
    expect(numbered([])).toBe("");
  });
});
