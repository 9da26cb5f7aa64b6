import { describe, expect, it } from "vitest";
import { type Criteria, readInstruction, verify } from "./index.ts";

const fruits = "my cat is near the wrench . name 5 fruits in order";
const mixed = "i have a fig and a red . list 3 tools or animals from a to z";

/** The criteria met, by their first letters: r c f o s. */
function met(instruction: string, answer: string): string {
  const verdict = verify(instruction, answer);
  if (verdict === null) return "null";
  const letters = (Object.keys(verdict.criteria) as (keyof Criteria)[]).filter((name) => verdict.criteria[name]);
  expect(verdict.score).toBe(letters.length);
  return letters.map((name) => name[0]).join("");
}

describe("verify", () => {
  it.each([
    [fruits, "sure : 1 apple 2 banana 3 fig 4 lemon 5 pear", "rcfos"],
    [fruits, "gladly : 1 apple 2 banana 3 fig 4 lemon 5 pear", "rcfos"],
    [fruits, "whatever : 1 banana 2 cherry 3 saw 4 pear", "r"],
    [fruits, "ugh : 1 apple 2 banana 3 fig 4 lemon 5 pear", "rcfo"],
    [mixed, "sure : 1 axe 2 bear 3 cat", "rcfos"],
    [mixed, "sure : 1 axe 2 axe 3 cat", "rcfs"],
    [mixed, "sure : 1 cat 2 axe 3 bear", "rcfs"],
    [mixed, "sure : 1 axe 2 fig", "ros"],
    [mixed, "sure : 1 axe 2 fig 3 pear", "cos"],
    [mixed, "sure : 1 axe", "rfos"],
    [mixed, "sure :", "s"],
    [mixed, "", ""],
    [mixed, "1 axe 2 bear 3 cat", "rcfo"],
    [mixed, "sure : axe bear cat", "rcfo"],
    [mixed, "sure : 1 axe 2 bear 2 cat", "rcfo"],
    [mixed, "sure : 1 axe 2 bear 3 cat 4", "rcfo"],
    [mixed, "sure : 1 axe 2 bear 3 cat 4 zebra", "rcfo"],
    [mixed, "sure sure : 1 axe 2 bear 3 cat", "rcfo"],
    [mixed, "sure : : 1 axe 2 bear 3 cat", "rcfo"],
    [mixed, "sure:  1 axe 2 bear 3 cat", "rcfo"],
    [mixed, "  sure :  1 axe\n2 bear 3 cat ", "rcfos"],
    [mixed, "axe : 1 bear 2 cat", "rfo"],
    [mixed, "Sure : 1 Axe 2 Bear 3 Cat", ""],
  ])("%s | %s meets %s", (instruction, answer, expected) => {
    expect(met(instruction, answer)).toBe(expected);
  });
});

describe("readInstruction", () => {
  it("reads count and categories", () => {
    expect(readInstruction(fruits)).toEqual({ count: 5, categories: ["fruits"] });
    expect(readInstruction(mixed)).toEqual({ count: 3, categories: ["tools", "animals"] });
    expect(readInstruction("we saw no axe but one axe . list 6 colors from a to z")).toEqual({
      count: 6,
      categories: ["colors"],
    });
  });

  it.each([
    "",
    "name 5 fruits in order",
    "my cat is near the wrench .name 5 fruits in order",
    "my cat is near the wrench . name 5 fruits from a to z",
    "my cat is near the wrench . list 5 fruits in order",
    "my cat is near the wrench . name 7 fruits in order",
    "my cat is near the wrench . name 0 fruits in order",
    "my cat is near the wrench . name five fruits in order",
    "my cat is near the wrench . name 5 fruits or fruits in order",
    "my cat is near the wrench . name 5 birds in order",
    "my zebra is near the wrench . name 5 fruits in order",
    "my cat is near the wrench . name 5 fruits in order .",
    " my cat is near the wrench . name 5 fruits in order",
    "my cat is near the wrench . name 5 fruits in order\n",
  ])("refuses %j", (instruction) => {
    expect(readInstruction(instruction)).toBeNull();
    expect(verify(instruction, "sure : 1 apple")).toBeNull();
  });
});
