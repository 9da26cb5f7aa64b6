import { describe, expect, it } from "vitest";
import { parseConfig } from "../config/parse-config.ts";
import { REAL, TINY } from "../testing/simulated-jobs.ts";
import { expectedInputs, inputProblems } from "./inputs.ts";
import { planRun } from "./plan.ts";
import { stageSeed } from "./stage-seed.ts";

function needsOf(yaml: string, overrides: string[] = []): Record<string, readonly string[]> {
  return Object.fromEntries(planRun(parseConfig(yaml, { overrides })).map(({ name, needs }) => [name, needs]));
}

describe("the plan", () => {
  it("makes tokenizer, M0, baseline, M1, two rounds with controls, evaluations and a report from nothing", () => {
    const plan = needsOf(TINY);
    expect(Object.keys(plan)).toHaveLength(31);
    expect(plan).toMatchObject({
      tokenizer: [],
      "documents/tokenization": ["tokenizer"],
      "M0/training": ["tokenizer", "documents/tokenization"],
      "baseline/training": ["M0/training", "ift/tokenization"],
      "M1/training": ["M0/training", "ift/tokenization", "eft/tokenization"],
      "M2/prompting": ["baseline/training", "M1/training"],
      "M3/prompting": ["baseline/training", "M2/prompting", "M2/training"],
      "M2/sampling": ["M1/training", "M2/prompting"],
      "M2/training": ["M1/training", "M2/pairing"],
      "M2 shuffled/pairing": ["M2/sampling", "M2/judging", "M2/pairing"],
      "M2 shuffled/training": ["M1/training", "M2 shuffled/pairing"],
      "M3 shuffled/sampling": ["M2 shuffled/training", "M3/prompting", "M3/pairing"],
      "M3 shuffled/evaluation": ["M3 shuffled/training"],
    });
  });

  it("starts from a given model, without EFT and baseline, scoring all answers by M1", () => {
    const plan = needsOf(REAL, ["max_iterations=1"]);
    expect(plan).toEqual({
      "ift/tokenization": [],
      "M1/training": ["ift/tokenization"],
      "M2/prompting": ["M1/training"],
      "M2/sampling": ["M1/training", "M2/prompting"],
      "M2/judging": ["M1/training", "M2/sampling"],
      "M2/pairing": ["M2/sampling", "M2/judging"],
      "M2/training": ["M1/training", "M2/pairing"],
      "M0/evaluation": ["M1/training"],
      "M1/evaluation": ["M1/training"],
      "M2/evaluation": ["M2/training", "M1/training"],
      report: expect.arrayContaining(["M2/evaluation"]),
    });
  });

  it("names each stage once, behind all that it needs, with its gate among them", () => {
    for (const yaml of [TINY, REAL]) {
      const seen = new Set<string>();
      for (const { name, needs, gate } of planRun(parseConfig(yaml, { overrides: ["max_iterations=5"] }))) {
        expect(seen.has(name)).toBe(false);
        for (const need of needs) expect(seen, `${name} needs ${need}`).toContain(need);
        expect(gate === undefined || needs.includes(gate)).toBe(true);
        seen.add(name);
      }
    }
  });

  it("ends with M1 where no round is asked for", () => {
    const plan = needsOf(REAL, ["max_iterations=0"]);
    expect(Object.keys(plan)).toEqual(["ift/tokenization", "M1/training", "M0/evaluation", "M1/evaluation", "report"]);
  });
});

describe("inputs", () => {
  it("follow from the configuration", () => {
    const names = (yaml: string) => expectedInputs(parseConfig(yaml)).map(({ name }) => name);
    expect(names(TINY)).toEqual([
      "documents",
      "ift",
      "eft",
      "excluded",
      "excluded_suffixes",
      "held_out/new_texts",
      "held_out/new_requests",
      "judge/new_texts",
      "judge/new_requests",
    ]);
    expect(names(REAL)).toEqual([
      "model",
      "ift",
      "prompts",
      "excluded",
      "excluded_suffixes",
      "held_out/ranked",
      "judge/ranked",
    ]);
  });

  it("that are missing or unknown are named", () => {
    const config = parseConfig(REAL);
    expect(inputProblems(config, ["model", "ift", "prompts", "held_out/ranked", "judge/ranked"])).toEqual([]);
    const problems = inputProblems(config, ["model", "prompts", "held_out/ranked", "judge/ranked", "documents"]);
    expect(problems).toEqual([
      expect.stringContaining("spec.inputs[ift] is missing"),
      expect.stringContaining("spec.inputs[documents] is not used"),
    ]);
  });
});

describe("stage seeds", () => {
  it("differ by run and stage, are exact numbers, and never change", () => {
    expect(stageSeed(11, "M1/training")).toBe(stageSeed(11, "M1/training"));
    const seeds = [0, 1, 11].flatMap((seed) =>
      ["M1/training", "M2/sampling", "evaluation"].map((name) => stageSeed(seed, name)),
    );
    expect(new Set(seeds).size).toBe(9);
    for (const seed of seeds) expect(Number.isSafeInteger(seed)).toBe(true);
  });
});
