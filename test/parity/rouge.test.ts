import { describe, expect, it } from "vitest";
import { rougeL } from "../../services/prompting/src/rouge-l.ts";
import { absent, fixturesPresent, golden } from "./fixtures.ts";

interface RougePair {
  readonly reference: string;
  readonly prediction: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

describe.skipIf(!fixturesPresent)("ROUGE-L equals rouge_score", () => {
  const pairs = golden<{ rouge_l: readonly RougePair[]; rouge_l_mean_f1: number }>("metrics.json");
  if (pairs === undefined) {
    absent("ROUGE-L", "no goldens/metrics.json");
    return;
  }

  it("on every pair, to 1e-9", () => {
    const worst = pairs.rouge_l.map((pair) => {
      const own = rougeL(pair.reference, pair.prediction);
      const { precision, recall, f1 } = pair;
      return Math.max(Math.abs(own.precision - precision), Math.abs(own.recall - recall), Math.abs(own.f1 - f1));
    });
    expect(worst.length).toBeGreaterThan(0);
    expect(Math.max(...worst)).toBeLessThanOrEqual(1e-9);
  });

  it("in the mean", () => {
    const scores = pairs.rouge_l.map((pair) => rougeL(pair.reference, pair.prediction).f1);
    const mean = scores.reduce((total, f1) => total + f1, 0) / scores.length;
    expect(Math.abs(mean - pairs.rouge_l_mean_f1)).toBeLessThanOrEqual(1e-9);
  });
});
