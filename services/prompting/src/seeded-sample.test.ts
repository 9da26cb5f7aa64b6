import { expect, it } from "vitest";
import { seededSample } from "./seeded-sample.ts";

const letters = ["a", "b", "c", "d", "e", "f"];

it("takes each item and each order equally often", () => {
  const firsts = new Map<string, number>();
  const pairs = new Map<string, number>();
  const n = 6000;
  for (let index = 0; index < n; index += 1) {
    const [first = "", second = ""] = seededSample(letters, 2, 5, "draw", index);
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
    pairs.set(first + second, (pairs.get(first + second) ?? 0) + 1);
  }
  // Five standard deviations of a binomial count.
  for (const count of firsts.values()) expect(Math.abs(count - n / 6)).toBeLessThan(5 * Math.sqrt((n / 6) * (5 / 6)));
  expect(pairs.size).toBe(30);
  for (const count of pairs.values()) expect(Math.abs(count - n / 30)).toBeLessThan(5 * Math.sqrt(n / 30));
});

it("repeats nothing and takes all where more are asked for", () => {
  expect(seededSample(letters, 9, 5, "all").sort()).toEqual(letters);
  expect(seededSample([], 2, 5, "none")).toEqual([]);
});

it("depends on seed and keys alone", () => {
  expect(seededSample(letters, 4, 5, "draw", 3)).toEqual(seededSample(letters, 4, 5, "draw", 3));
  const orders = [
    seededSample(letters, 6, 5, "draw", 3),
    seededSample(letters, 6, 6, "draw", 3),
    seededSample(letters, 6, 5, "draw", 4),
  ];
  expect(new Set(orders.map((order) => order.join(""))).size).toBe(3);
});
