import { describe, expect, it } from "vitest";
import { BatchOrder, permutation } from "./batch-order.ts";
import { testRandom } from "./testing/bigram-model.ts";

const lengths = Array.from({ length: 103 }, (_, i) => 5 + ((i * 37) % 29));

describe("permutation", () => {
  it("holds every index once, for any size", () => {
    for (const count of [0, 1, 2, 17]) {
      expect([...permutation(count, (i) => testRandom(0, i))].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    }
  });
});

describe("BatchOrder", () => {
  it("uses an example at most once an epoch, and all but the remainder", () => {
    const order = new BatchOrder(lengths, 4, testRandom);
    expect(order.batchesPerEpoch).toBe(25);
    for (const epoch of [0, 1]) {
      const used = Array.from({ length: 25 }, (_, i) => [...order.batch(25 * epoch + i)]).flat();
      expect(new Set(used).size).toBe(100);
    }
  });

  it("draws another order in another epoch", () => {
    const order = new BatchOrder(lengths, 4, testRandom);
    const epoch = (n: number) => Array.from({ length: 25 }, (_, i) => [...order.batch(25 * n + i)]);
    expect(epoch(0)).not.toEqual(epoch(1));
  });

  it("is a function of the step alone: steps may be asked for in any order", () => {
    const forward = new BatchOrder(lengths, 4, testRandom);
    const expected = Array.from({ length: 60 }, (_, step) => [...forward.batch(step)]);
    const backward = new BatchOrder(lengths, 4, testRandom);
    for (let step = 59; step >= 0; step -= 1) expect([...backward.batch(step)]).toEqual(expected[step]);
  });

  it("puts like lengths together", () => {
    const spread = (order: BatchOrder) => {
      const batches = Array.from({ length: order.batchesPerEpoch }, (_, i) => [...order.batch(i)]);
      const ranges = batches.map((batch) => {
        const own = batch.map((index) => lengths[index]!);
        return Math.max(...own) - Math.min(...own);
      });
      return ranges.reduce((sum, range) => sum + range, 0) / ranges.length;
    };
    expect(spread(new BatchOrder(lengths, 4, testRandom))).toBeLessThan(6);
  });

  it("takes all examples where the batch is larger than the data", () => {
    const order = new BatchOrder([3, 1, 2], 16, testRandom);
    expect(order.batchesPerEpoch).toBe(1);
    expect([...order.batch(5)].sort((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});
