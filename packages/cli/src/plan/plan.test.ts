import { join } from "node:path";
import { estimateMemory } from "@srlm/language-model";
import { planRun } from "@srlm/orchestration";
import { createBackend } from "@srlm/tensor-kernels";
import { expect, it } from "vitest";
import { readConfig } from "../config/read-config.ts";
import { measureRates } from "./measure-rates.ts";
import { neededBytes, newModelShape, trainingTokens } from "./model-needs.ts";
import { type TimedStage, timeStages, totalSeconds } from "./stage-times.ts";
import { stageWork } from "./stage-work.ts";

const config = readConfig(join(import.meta.dirname, "../../../../configs/quickstart.yaml"), []);
const shape = newModelShape(config);
const sizes = {
  documents: { records: 16_000, tokens: 12 },
  ift: { records: 10_000, tokens: 25 },
  eft: { records: 20_000, tokens: 55 },
  held_out: { records: 1_000, tokens: 15 },
};
const PARAMETERS = 1_000;

function workOf(name: string) {
  const stage = planRun(config).find((one) => one.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stageWork(config, stage, sizes, PARAMETERS);
}

it("counts 6 P FLOP for each trained token and 2 P for each sampled one", () => {
  const { steps, ift_batch_size: ift, eft_batch_size: eft = 0 } = config.sft;
  expect(workOf("M1/training")).toEqual({
    what: `${steps} steps of ${ift} IFT + ${eft} EFT`,
    trainFlop: 6 * PARAMETERS * (steps ?? 0) * (ift * 25 + eft * 55),
    sampleFlop: 0,
  });
  expect(workOf("baseline/training").what).toBe(`${steps} steps of ${ift} IFT`);
  const { count } = config.prompting;
  const answers = count * config.sampling.candidates;
  const judgement = (config.judging.samples * config.judging.sampling.max_tokens) / 2;
  expect(workOf("M2/judging").sampleFlop).toBe(
    2 * PARAMETERS * answers * (15 + config.sampling.max_tokens / 2 + judgement),
  );
  for (const { name } of planRun(config)) {
    const { trainFlop, sampleFlop } = workOf(name);
    expect([name, trainFlop >= 0 && sampleFlop >= 0]).toEqual([name, true]);
  }
});

it("takes the rubric's limit for judgements where the configuration has none", () => {
  const flopOf = (...set: string[]) => {
    const other = readConfig(join(import.meta.dirname, "../../../../configs/real-input.yaml"), set);
    const stage = planRun(other).find(({ name }) => name === "M2/judging");
    return stage === undefined ? 0 : stageWork(other, stage, sizes, PARAMETERS).sampleFlop;
  };
  expect(flopOf()).toBe(flopOf("judging.sampling.max_tokens=384"));
  expect(flopOf("judging.rubric=tiny-world")).toBe(flopOf("judging.sampling.max_tokens=64"));
});

it("divides sampling among engines, and takes the longest chain or all work, whichever is longer", () => {
  const rates = { trainFlopPerSecond: 10, sampleFlopPerSecond: 10, parameters: 1 };
  const [stage] = planRun(config);
  if (stage === undefined) throw new Error("no stages");
  const work = { what: "", trainFlop: 100, sampleFlop: 100 };
  expect(timeStages([{ stage, work }], rates, 4)[0]?.seconds).toBeCloseTo(0.5 + 10 + 2.5);

  const timed = (name: string, needs: string[], seconds: number): TimedStage => ({
    stage: { ...stage, name, needs },
    work,
    seconds,
  });
  const chain = [timed("a", [], 5), timed("b", ["a"], 5), timed("c", [], 1)];
  expect(totalSeconds(chain, 2)).toBe(10);
  expect(totalSeconds([...chain, timed("d", [], 20), timed("e", [], 20)], 2)).toBe(25.5);
});

it("estimates the memory of the largest pass of training", () => {
  const longest = config.new_model?.max_positions ?? 0;
  expect(trainingTokens(config, shape)).toBe(
    longest * Math.max(config.sft.eft_batch_size ?? 0, 2 * config.dpo.batch_size),
  );
  expect(neededBytes(config, shape)).toBe(estimateMemory(shape, "training", trainingTokens(config, shape)).totalBytes);
});

it("measures rates on a model of the width asked for, cut down in depth and vocabulary", async () => {
  const rates = measureRates(await createBackend("wasm"), { ...shape, layerCount: 9, vocabSize: 50_000 });
  expect(rates.trainFlopPerSecond).toBeGreaterThan(1e6);
  expect(rates.sampleFlopPerSecond).toBeGreaterThan(1e6);
  // Two layers of 64 and 2048 tokens.
  expect(rates.parameters).toBeLessThan(300_000);
});
