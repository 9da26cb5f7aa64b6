import { expect, it } from "vitest";
import { seededChoice, seededShuffle, seededUniform } from "./seeded-choice.ts";

it("draws evenly over [0, 1)", () => {
  const bins = Array.from({ length: 10 }, () => 0);
  const n = 20_000;
  for (let index = 0; index < n; index += 1) {
    const bin = Math.floor(seededUniform(3, "even", index) * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  // Chi-square with 9 degrees of freedom: above 27.9 once in a thousand seeds.
  const chiSquare = bins.reduce((total, count) => total + (count - n / 10) ** 2 / (n / 10), 0);
  expect(chiSquare).toBeLessThan(27.9);
});

it("tells keys apart that read alike", () => {
  const draws = [
    seededUniform(1, "a", "b"),
    seededUniform(1, "ab"),
    seededUniform(1, "a", 1),
    seededUniform(1, "a", "1"),
  ];
  expect(new Set(draws).size).toBe(4);
  expect(seededUniform(1, "a", "b")).toBe(draws[0]);
});

it("gives every permutation its share", () => {
  const seen = new Map<string, number>();
  for (let index = 0; index < 6000; index += 1) {
    const order = seededShuffle(["a", "b", "c"], 1, "order", index).join("");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

it("refuses to choose from nothing", () => {
  expect(() => seededChoice([], 1, "x")).toThrow("items is empty");
});
