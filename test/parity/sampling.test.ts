/** The distribution after the warpers, against transformers' logits processors. */
import { type SamplingSettings, warpDistribution } from "@srlm/language-model";
import { describe, expect, it } from "vitest";
import { absent, fixturesPresent, golden } from "./fixtures.ts";

interface Golden {
  settings: { temperature?: number; top_k?: number; top_p?: number; min_p?: number; repetition_penalty?: number }[];
  cases: {
    logits: number[];
    previous_ids: number[];
    results: { setting: number; probs: number[]; kept: number }[];
  }[];
}

function toSettings(setting: Golden["settings"][number]): SamplingSettings {
  return {
    temperature: setting.temperature ?? 1,
    topK: setting.top_k,
    topP: setting.top_p,
    minP: setting.min_p,
    repetitionPenalty: setting.repetition_penalty,
  };
}

describe.runIf(fixturesPresent)("sampling distributions", () => {
  const file = golden<Golden>("sampling.json");
  if (file === undefined) {
    absent("sampling distributions", "no goldens/sampling.json");
    return;
  }
  const { settings, cases } = file;

  it.each(settings.map((setting, index) => ({ index, name: JSON.stringify(setting) })))("$name", ({ index }) => {
    let checked = 0;
    for (const { logits, previous_ids, results } of cases) {
      for (const { probs, kept } of results.filter(({ setting }) => setting === index)) {
        const { weights, total } = warpDistribution(
          Float32Array.from(logits),
          previous_ids,
          toSettings(settings[index] as Golden["settings"][number]),
        );
        const ours = Array.from(weights, (weight) => weight / total);
        expect(ours.filter((p) => p > 0).length).toBe(kept);
        const worst = Math.max(...ours.map((p, i) => Math.abs(p - (probs[i] as number))));
        expect(worst).toBeLessThan(1e-6);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(46);
  });
});
