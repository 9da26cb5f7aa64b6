import { inference, pairing, training } from "@srlm/contracts";
import { describe, expect, it } from "vitest";
import { newRun, REAL, succeededSnapshot, TINY } from "../../testing/simulated-jobs.ts";
import { effectsOf } from "../effects.ts";
import type { RunState } from "../run-state.ts";
import { stageOf, succeededJob } from "../run-state.ts";
import { createRun, type NewRun, transition } from "../transition.ts";
import { type StageRequest, stageRequest } from "./stage-request.ts";

/** A run all of whose stages have succeeded. */
function finished(start: NewRun): RunState {
  let run = createRun(start, 0);
  for (let [effect] = effectsOf(run); effect !== undefined; [effect] = effectsOf(run)) {
    const { stage } = effect;
    run = transition(run, { type: "job", stage: stage.name, job: succeededSnapshot(run, stage) }, 0);
  }
  return run;
}

type SpecOf<Call extends StageRequest["call"]> = Extract<StageRequest, { call: Call }>["spec"];

function requestOf<Call extends StageRequest["call"]>(run: RunState, stage: string, call: Call): SpecOf<Call> {
  const { role } = stageOf(run, stage);
  if (role.type === "report") throw new Error("the report has no request");
  const request = stageRequest(run, role);
  if (request.call !== call) throw new Error(`${stage} calls ${request.call}`);
  const spec: unknown = request.spec;
  return spec as SpecOf<Call>;
}

const tiny = finished(newRun(TINY));
const real = finished(newRun(REAL));

function output(run: RunState, stage: string, name: string) {
  return succeededJob(run, stage)?.outputs[name];
}

describe("training", () => {
  it("pre-trains the model that is described, with its tokenizer, on tokenized documents", () => {
    const spec = requestOf(tiny, "M0/training", "startTraining");
    expect(spec.objective).toMatchObject({
      $case: "pretrain",
      value: {
        newModel: { hiddenSize: 32, maxPositions: 128, tokenizer: output(tiny, "tokenizer", "tokenizer") },
        documents: output(tiny, "documents/tokenization", "dataset"),
      },
    });
    expect(spec).toMatchObject({ steps: 10, epochs: 0, batchSize: 32 });
  });

  it("trains M1 on IFT and EFT by the paper's settings, and the baseline on IFT alone with its own prompt weight", () => {
    const run = finished(newRun(TINY, ["baseline.prompt_loss_weight=0.1"]));
    const m1 = requestOf(run, "M1/training", "startTraining");
    expect(m1.objective?.value).toMatchObject({
      model: output(run, "M0/training", "model"),
      sources: [
        { examples: output(run, "ift/tokenization", "dataset"), batchSize: 11, promptLossWeight: 0, weight: 1 },
        { examples: output(run, "eft/tokenization", "dataset"), batchSize: 5, promptLossWeight: 0, weight: 1 },
      ],
    });
    expect(m1).toMatchObject({ epochs: 1, dropout: 0.1, optimizer: { learningRate: 5.5e-6 } });
    expect(m1.schedule?.kind).toBe(training.ScheduleKind.LINEAR);
    expect(m1.schedule?.finalRatio).toBeCloseTo(0.2, 12);
    const baseline = requestOf(run, "baseline/training", "startTraining");
    expect(baseline.objective?.value).toMatchObject({ sources: [{ batchSize: 11, promptLossWeight: 0.1 }] });
    expect(baseline.seed).not.toBe(m1.seed);
  });

  it("trains each round from the model before it, and the control of round 2 from M1", () => {
    const from = (stage: string) => {
      const { objective } = requestOf(tiny, stage, "startTraining");
      return objective?.$case === "dpo" ? objective.value : undefined;
    };
    expect(from("M2/training")).toMatchObject({
      model: output(tiny, "M1/training", "model"),
      pairs: output(tiny, "M2/pairing", "pairs"),
      beta: 0.1,
      nllWeight: 0,
      batchSize: 16,
    });
    expect(from("M3/training")?.model).toEqual(output(tiny, "M2/training", "model"));
    expect(from("M2 shuffled/training")?.model).toEqual(output(tiny, "M1/training", "model"));
    expect(from("M3 shuffled/training")?.model).toEqual(output(tiny, "M2 shuffled/training", "model"));
  });
});

describe("a round", () => {
  it("takes prompts from the fixed model, none of held-out data or of an earlier round", () => {
    const spec = requestOf(tiny, "M3/prompting", "startPromptGeneration");
    expect(spec.source).toMatchObject({
      $case: "sampled",
      value: { model: output(tiny, "baseline/training", "model"), prefix: "<user>", stop: "<end>" },
    });
    expect(spec).toMatchObject({ count: 8, maxAttempts: 160 });
    expect(spec.filters?.excluded).toEqual([
      tiny.inputs["excluded"],
      tiny.inputs["held_out/new_texts"],
      tiny.inputs["held_out/new_requests"],
      output(tiny, "M2/prompting", "prompts"),
    ]);
    expect(spec.filters?.excludedSuffixes).toEqual(["a held-out request"]);
  });

  it("takes prompts from the pool, or shows examples, where the configuration says so", () => {
    expect(requestOf(real, "M2/prompting", "startPromptGeneration").source).toEqual({
      $case: "pooled",
      value: { prompts: real.inputs["prompts"] },
    });
    const few = finished(newRun(REAL, ["prompting.source=few_shot", "prompting.model=M0"]));
    expect(requestOf(few, "M2/prompting", "startPromptGeneration").source).toMatchObject({
      $case: "fewShot",
      value: { model: few.inputs["model"], seedPrompts: few.inputs["prompts"], seedExamples: 6, generatedExamples: 2 },
    });
  });

  it("has the model before it answer and judge its own answers", () => {
    const sampling = requestOf(tiny, "M3/sampling", "startSampling");
    expect(sampling).toMatchObject({
      model: output(tiny, "M2/training", "model"),
      candidates: 4,
      tooLong: inference.TooLongPolicy.SKIP,
      sampling: { temperature: 0.7, topP: 0.9 },
    });
    const judging = requestOf(tiny, "M3/judging", "startJudging");
    expect(judging).toMatchObject({
      model: sampling.model,
      candidates: output(tiny, "M3/sampling", "candidates"),
      samples: 3,
      rubric: { source: { $case: "builtin", value: "additive-five-point" } },
    });
    expect(requestOf(tiny, "M3 shuffled/sampling", "startSampling").prompts).toEqual(sampling.prompts);
  });

  it("permutes the scores of the same judgements for the control of round 2", () => {
    const loop = requestOf(tiny, "M2/pairing", "startPairing");
    const control = requestOf(tiny, "M2 shuffled/pairing", "startPairing");
    expect(loop.strategy).toBe(pairing.PairingStrategy.BEST_WORST);
    expect(control).toEqual({ ...loop, strategy: pairing.PairingStrategy.SHUFFLED_SCORES, seed: control.seed });
    expect(requestOf(tiny, "M3 shuffled/pairing", "startPairing").candidates).toEqual(
      output(tiny, "M3 shuffled/sampling", "candidates"),
    );
  });

  it("hands over a user's rubric as text", () => {
    const own = newRun(REAL, ["judging.rubric_file=mine.txt"]);
    const run = finished({ ...own, facts: { ...own.facts, rubricTemplate: "Score: {{answer}}" } });
    expect(requestOf(run, "M2/judging", "startJudging").rubric?.source).toEqual({
      $case: "template",
      value: "Score: {{answer}}",
    });
  });

  it("leaves the length of a judgement to the rubric, unless the configuration says how long it may be", () => {
    const long = finished(newRun(TINY, ["judging.sampling.max_tokens=300"]));
    for (const [run, maxTokens] of [[tiny, 0] as const, [long, 300] as const]) {
      expect(requestOf(run, "M2/judging", "startJudging").sampling?.maxTokens).toBe(maxTokens);
      expect(requestOf(run, "M1/evaluation", "startEvaluation").judgeSampling?.maxTokens).toBe(maxTokens);
    }
  });
});

describe("evaluation", () => {
  it("gives all models of all training seeds the same prompts, parameters and random numbers", () => {
    const other = finished(newRun(TINY, [], 12));
    const specs = [
      requestOf(tiny, "M1/evaluation", "startEvaluation"),
      requestOf(tiny, "M3/evaluation", "startEvaluation"),
      requestOf(other, "M1/evaluation", "startEvaluation"),
    ];
    const [first, ...rest] = specs.map(({ model: _model, ...same }) => same);
    for (const same of rest) expect(same).toEqual(first);
    expect(first).toMatchObject({
      verifier: "tiny-world",
      splits: [{ name: "new_texts" }, { name: "new_requests" }],
      judgeSplits: [{ name: "new_texts" }, { name: "new_requests" }],
    });
    const tuning = finished(newRun(TINY, [], 0));
    expect(requestOf(tuning, "M1/evaluation", "startEvaluation").seed).not.toBe(specs[0]?.seed);
  });

  it("measures as judges only those that judge, and has M1 score all answers where there is no verifier", () => {
    expect(requestOf(tiny, "M0/evaluation", "startEvaluation").judgeSplits).toEqual([]);
    expect(requestOf(tiny, "M3 shuffled/evaluation", "startEvaluation").judgeSplits).toEqual([]);
    expect(requestOf(tiny, "M1/evaluation", "startEvaluation").judge).toBeUndefined();
    expect(requestOf(real, "M2/evaluation", "startEvaluation")).toMatchObject({
      verifier: "",
      judge: output(real, "M1/training", "model"),
    });
  });
});

describe("tokenization", () => {
  it("adds the marks of documents, and keeps examples within the context", () => {
    expect(requestOf(tiny, "documents/tokenization", "startTokenization")).toMatchObject({
      documentPrefix: "<user>",
      maxTokens: 128,
    });
    expect(requestOf(tiny, "ift/tokenization", "startTokenization")).toMatchObject({
      documentPrefix: "",
      maxTokens: 128,
    });
    expect(requestOf(real, "ift/tokenization", "startTokenization")).toMatchObject({
      tokenizer: real.inputs["model"],
      maxTokens: 4096,
    });
    const short = finished(newRun(REAL, ["data.max_tokens=100"]));
    expect(requestOf(short, "ift/tokenization", "startTokenization").maxTokens).toBe(100);
  });

  it("trains a tokenizer on documents, IFT and EFT", () => {
    const spec = requestOf(tiny, "tokenizer", "startTokenizerTraining");
    expect(spec.datasets).toEqual([tiny.inputs["documents"], tiny.inputs["ift"], tiny.inputs["eft"]]);
    expect(spec).toMatchObject({
      vocabularySize: 300,
      eosToken: "<end>",
      padToken: "",
      minFrequency: 2,
      splitPattern: "gpt2",
    });
  });
});
