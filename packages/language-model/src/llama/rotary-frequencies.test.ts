import { describe, expect, it } from "vitest";
import { tinyConfig } from "../testing/tiny-config.ts";
import { rotaryFrequencies } from "./rotary-frequencies.ts";

describe("rotaryFrequencies", () => {
  it("are powers of the base", () => {
    const frequencies = rotaryFrequencies({ ...tinyConfig, headDimension: 8, ropeTheta: 10_000 });
    expect([...frequencies]).toEqual([1, 0.1, 0.01, 0.001].map((f) => expect.closeTo(f, 8)));
  });

  it("scale as Llama 3.1: short waves stay, long ones are divided, those between pass over continuously", () => {
    const ropeScaling = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 };
    const config = { ...tinyConfig, headDimension: 64, ropeTheta: 10_000 };
    const plain = rotaryFrequencies(config);
    const scaled = rotaryFrequencies({ ...config, ropeScaling });
    const ratios = [...scaled].map((frequency, i) => frequency / (plain[i] as number));
    for (const [i, frequency] of plain.entries()) {
      const wavelength = (2 * Math.PI) / frequency;
      const smooth = Math.min(1, Math.max(0, (64 / wavelength - 1) / (4 - 1)));
      expect(ratios[i]).toBeCloseTo(smooth + (1 - smooth) / 8, 6);
    }
    expect(ratios.filter((ratio) => ratio === 1).length).toBeGreaterThan(3);
    expect(ratios.filter((ratio) => ratio > 0.13 && ratio < 0.99).length).toBeGreaterThan(1);
    expect(ratios.at(-1)).toBeCloseTo(1 / 8, 7);
  });
});
