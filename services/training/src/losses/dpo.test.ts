import { describe, expect, it } from "vitest";
import { type DpoPair, dpoLoss, dpoTotals } from "./dpo.ts";

const pairs: DpoPair[] = [
  { chosen: -12.3, rejected: -15.1, referenceChosen: -12.9, referenceRejected: -14.2, chosenTokens: 7 },
  { chosen: -3.4, rejected: -2.2, referenceChosen: -3.1, referenceRejected: -2.9, chosenTokens: 2 },
  { chosen: -40.5, rejected: -38.7, referenceChosen: -41.5, referenceRejected: -38.0, chosenTokens: 19 },
];

describe("dpoLoss", () => {
  it("is ln 2 where policy and reference agree", () => {
    const same = pairs.map((pair) => ({ ...pair, referenceChosen: pair.chosen, referenceRejected: pair.rejected }));
    const { loss, accuracy, margin } = dpoLoss(same, { beta: 0.1, nllWeight: 0 });
    expect(loss).toBeCloseTo(Math.LN2, 12);
    expect(accuracy).toBe(0);
    expect(margin).toBe(0);
  });

  it("equals a value worked by hand", () => {
    // d = 0.6 + 0.9 = 1.5, beta d = 0.15: -log sigmoid(0.15) = log(1 + e^-0.15)
    const { loss } = dpoLoss(pairs.slice(0, 1), { beta: 0.1, nllWeight: 0 });
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-0.15)), 12);
  });

  it("adds the mean negative log-likelihood of the chosen tokens", () => {
    const without = dpoLoss(pairs, { beta: 0.1, nllWeight: 0 });
    const weighted = dpoLoss(pairs, { beta: 0.1, nllWeight: 0.2 });
    expect(weighted.loss - without.loss).toBeCloseTo((0.2 * (12.3 + 3.4 + 40.5)) / 28, 12);
    expect(weighted.sigmoidLoss).toBe(without.sigmoidLoss);
  });

  it.each(["chosen", "rejected"] as const)("has the gradient of finite differences in %s", (side) => {
    const options = { beta: 0.3, nllWeight: 0.2 };
    const step = 1e-6;
    const { chosenGradients, rejectedGradients } = dpoLoss(pairs, options);
    const gradients = side === "chosen" ? chosenGradients : rejectedGradients;
    pairs.forEach((_, i) => {
      const moved = (by: number) => pairs.map((pair, j) => (i === j ? { ...pair, [side]: pair[side] + by } : pair));
      const slope = (dpoLoss(moved(step), options).loss - dpoLoss(moved(-step), options).loss) / (2 * step);
      expect(gradients[i]).toBeCloseTo(slope, 8);
    });
  });

  it("adds up over micro-batches to the loss and gradients of the whole step", () => {
    const options = { beta: 0.1, nllWeight: 0.2 };
    const whole = dpoLoss(pairs, options);
    const parts = [pairs.slice(0, 1), pairs.slice(1)].map((part) => dpoLoss(part, options, dpoTotals(pairs)));
    expect(parts[0]!.loss + parts[1]!.loss).toBeCloseTo(whole.loss, 12);
    expect(parts.flatMap((part) => [...part.chosenGradients])).toEqual([...whole.chosenGradients]);
  });

  it("stays finite far from the origin, and is not for inputs that are not", () => {
    const far = { chosen: 0, rejected: -1e6, referenceChosen: 0, referenceRejected: 0, chosenTokens: 1 };
    expect(dpoLoss([far], { beta: 1, nllWeight: 0 }).loss).toBe(0);
    expect(dpoLoss([{ ...far, rejected: 1e6 }], { beta: 1, nllWeight: 0 }).loss).toBe(1e6);
    expect(dpoLoss([{ ...far, chosen: Number.NaN }], { beta: 1, nllWeight: 0 }).loss).toBeNaN();
  });
});
