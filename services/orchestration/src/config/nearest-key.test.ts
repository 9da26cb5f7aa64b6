import { expect, it } from "vitest";
import { editDistance, nearestKey } from "./nearest-key.ts";

it.each([
  ["", "", 0],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["beta", "betta", 1],
  ["flaw", "lawn", 2],
])("counts the edits from %j to %j", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

it("finds what was meant, and nothing where nothing is near", () => {
  expect(nearestKey("Max_Iteration", ["max_iterations", "model"])).toBe("max_iterations");
  expect(nearestKey("xyz", ["max_iterations", "model"])).toBeUndefined();
  expect(nearestKey("anything", [])).toBeUndefined();
});
