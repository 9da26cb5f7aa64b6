import { canonicalJson } from "@srlm/artifacts";
import { evaluation } from "@srlm/contracts";
import { describe, expect, it } from "vitest";
import { effectsOf } from "../run/effects.ts";
import { type RunState, succeededJob } from "../run/run-state.ts";
import { createRun, transition } from "../run/transition.ts";
import { type MetricsOf, newRun, REAL, succeededSnapshot, TINY, usualMetrics } from "../testing/simulated-jobs.ts";
import { summarize } from "../testing/stage-services.ts";
import { assembleReport, grouped, NO_EVALUATION } from "./assemble-report.ts";
import { poolReports } from "./pool-reports.ts";
import { comparedModels, evaluatedModels, modelResults, summaryRequest } from "./summary.ts";

const CLAIMS = [
  "evaluation.claims=[{ better: M2, than: M1 }, { better: M1, than: baseline }, { model: M3 shuffled, within: 1.5, of: M1 }, { model: M3 shuffled, within: 0.5, of: M1 }]",
];

const EVALUATION_METRICS = {
  "mean_score/new_texts": 3,
  "judge_pairwise_accuracy/new_texts": 0.9,
  "judge_best_5/new_texts": 0.5,
  "judge_parsed_share/new_texts": 1,
};

const withJudges: MetricsOf = ({ name, role }) =>
  role.type === "evaluation" && name === "M1/evaluation" ? EVALUATION_METRICS : usualMetrics(role);

function finished(run: RunState, metricsOf: MetricsOf = withJudges): RunState {
  let state = run;
  for (let [effect] = effectsOf(state); effect !== undefined; [effect] = effectsOf(state)) {
    const { stage } = effect;
    state = transition(state, { type: "job", stage: stage.name, job: succeededSnapshot(state, stage, metricsOf) }, 0);
  }
  return state;
}

function answersOf(run: RunState) {
  const stages = run.stages.map(({ name }) => ({ name, outputs: succeededJob(run, name)?.outputs ?? {} }));
  return evaluatedModels(stages, run.seed);
}

function summaryOf(run: RunState): evaluation.SummarizeEvaluationsResponse {
  const request = summaryRequest(run.config, run.seed, answersOf(run));
  return request === undefined ? NO_EVALUATION : summarize(request);
}

function reportOf(run: RunState) {
  return assembleReport(run, summaryOf(run));
}

const run = finished(createRun(newRun(TINY, CLAIMS), 0));
const report = reportOf(run);

describe("the report of a run", () => {
  it("lists models in order, with scores, and what was measured of them as judges", () => {
    expect(report.models.map(({ model }) => model)).toEqual([
      "M0",
      "baseline",
      "M1",
      "M2",
      "M3",
      "M2 shuffled",
      "M3 shuffled",
    ]);
    const m1 = report.models.find(({ model }) => model === "M1");
    expect(m1?.splits["new_texts"]).toMatchObject({ answers: 10, score: { mean: 1 }, histogram: [0, 0, 5, 5, 0, 0] });
    expect(m1?.judge).toEqual({ new_texts: { pairwise_accuracy: 0.9, best_5: 0.5, parsed_share: 1 } });
  });

  it("checks each claim on the paired differences", () => {
    expect(report.claims.map(({ claim, holds }) => [claim, holds])).toEqual([
      ["M2 above M1", true],
      ["M1 above baseline", false],
      ["M3 shuffled within 1.5 of M1", true],
      ["M3 shuffled within 0.5 of M1", false],
    ]);
    expect(report.claims[0]?.splits).toEqual([
      { split: "new_texts", holds: true, difference: { mean: 1, low: 0.9, high: 1.1 } },
    ]);
  });

  it("tells each round: prompts, judgements, pairs, training, and ln 2 before the first step", () => {
    expect(report.rounds.map(({ model, control }) => [model, control])).toEqual([
      ["M2", false],
      ["M2 shuffled", true],
      ["M3", false],
      ["M3 shuffled", true],
    ]);
    expect(report.rounds[0]).toMatchObject({
      prompts: { sampled: 20, kept: 8, dropped: { duplicate: 12 } },
      judging: { parsed_share: 1, score: { 3: 20, 4: 10 } },
      pairing: { pairs: 7, discard_rate: 0.125, dropped: { tie: 1 } },
      training: { first_loss: Math.LN2, chosen_logprob_change: 0.3 },
    });
    expect(report.rounds[1]).not.toHaveProperty("prompts");
    expect(Object.keys(report.training)).toEqual(["M0", "baseline", "M1"]);
  });

  it("says who taught the judge what, and who scored the answers", () => {
    expect(report.judge.taught).toContain("expert annotator");
    expect(report.scored_by).toContain("verifier");
    const untaught = reportOf(finished(createRun(newRun(REAL), 0)));
    expect(untaught.judge.taught).toBe("no EFT data: the judge was not taught");
    expect(untaught.scored_by).toContain("M1 as judge");
  });

  it("stands beside the paper's figures where the same quantity exists", () => {
    expect(report.paper.head_to_head[1]).toEqual({
      a: "M2",
      b: "baseline",
      paper: { win: 49.2, tie: 36.3, loss: 14.5 },
      ours: { new_texts: { win: 50, tie: 30, loss: 20 } },
    });
    expect(report.paper.reward_modelling).toEqual([
      expect.objectContaining({ model: "M1", ours: { new_texts: { pairwise_accuracy: 0.9, best_5: 0.5 } } }),
    ]);
    expect(report.paper.pairs).toEqual([
      { model: "M2", paper: 3964, ours: 7 },
      { model: "M3", paper: 6942, ours: 7 },
    ]);
  });

  it("holds no path, time, run or job name", () => {
    const text = canonicalJson(reportOf(finished(createRun(newRun(REAL), 123_456_789))));
    for (const hidden of ["models/llama", "trees.jsonl", "runs/test", "jobs/", "123456789", "artifact:", "startTime"]) {
      expect(text).not.toContain(hidden);
    }
  });

  it("is the same bytes at another time and with other sizes of shards, not with other passes or another seed", () => {
    const bytes = canonicalJson(report);
    const sizes = [
      "sampling.shard_size=3",
      "judging.shard_size=5",
      "evaluation.shard_size=7",
      "dpo.checkpoint_every=9",
      "services.judging.address=elsewhere:1",
    ];
    const other = newRun(TINY, [...CLAIMS, ...sizes]);
    expect(canonicalJson(reportOf(finished(createRun({ ...other, name: "runs/other" }, 99))))).toBe(bytes);
    const passes = newRun(TINY, [...CLAIMS, "sft.micro_batch_size=2"]);
    expect(canonicalJson(reportOf(finished(createRun(passes, 0))))).not.toBe(bytes);
    expect(canonicalJson(reportOf(finished(createRun(newRun(TINY, CLAIMS, 12), 0))))).not.toBe(bytes);
  });

  it("tells why a round stopped, and leaves claims on models that were not made undecided", () => {
    const unread: MetricsOf = ({ role }) => {
      if (role.type === "judging") return { candidates: 32, judged: 32, parsed_share: 0, failed_NO_SCORE: 96 };
      if (role.type === "pairing") return { prompts: 8, pairs: 0, discard_rate: 1, dropped_failed_judgements: 8 };
      return usualMetrics(role);
    };
    const stopped = reportOf(finished(createRun(newRun(TINY, CLAIMS), 0), unread));
    const message = "0 pairs: 32 of 32 answers have no readable score (judgements: NO_SCORE 96)";
    expect(stopped.verdict).toEqual({ code: "NO_PAIRS", message: `round 2: ${message}`, last_model: "M1" });
    expect(stopped.rounds).toEqual([expect.objectContaining({ model: "M2", stopped: { code: "NO_PAIRS", message } })]);
    expect(stopped.models.map(({ model }) => model)).toEqual(["M0", "baseline", "M1"]);
    expect(stopped.claims[0]).toEqual({ claim: "M2 above M1", holds: null, splits: [] });
  });

  it("tells what the run was given by digests: another model, rubric or data set is another report", () => {
    const given = newRun(REAL, ["judging.rubric_file=mine.txt"]);
    const { judge, inputs } = reportOf(finished(createRun(given, 0)));
    expect(judge.rubric).toBe("given");
    expect(Object.keys(inputs).sort()).toEqual(Object.keys(given.inputs).sort());
    for (const name of ["model", "rubric", "held_out/ranked"]) expect(inputs[name]).toBe(given.inputs[name]?.sha256);
  });

  it("needs no evaluation", () => {
    const none = newRun(REAL, ["data.ranked_split.held_out_share=0"]);
    const bare = reportOf(finished(createRun(none, 0)));
    expect(bare.models).toEqual([]);
    expect(bare.scored_by).toContain("nobody");
  });
});

describe("figures by reason", () => {
  it("stand together", () => {
    expect(grouped({ kept: 1, dropped_a: 2, dropped_b: 3, score_5: 4 })).toEqual({
      kept: 1,
      dropped: { a: 2, b: 3 },
      score: { 5: 4 },
    });
  });
});

describe("comparisons", () => {
  it("are of evaluated models, each pair once", () => {
    const compared = comparedModels(run.config, ["M0", "M1", "M2", "baseline"]).map(
      ({ modelA, modelB }) => `${modelA} v ${modelB}`,
    );
    expect(compared).toEqual(["M1 v M0", "M1 v baseline", "M2 v M1", "M2 v baseline"]);
  });
});

it("leaves out what was not measured", () => {
  const unscored = evaluation.ModelSummary.fromPartial({ model: "M0", split: "held_out", answers: 4 });
  const [result] = modelResults(["M0"], { models: [unscored], pairs: [] }, () => ({}));
  expect(result?.splits["held_out"]).toMatchObject({ answers: 4, stopped_share: 0 });
  expect(result?.splits["held_out"]).not.toHaveProperty("score");
  expect(result?.splits["held_out"]).not.toHaveProperty("perfect_share");
});

describe("several seeds", () => {
  it("are pooled, with the one that failed", () => {
    const second = finished(createRun(newRun(TINY, CLAIMS, 12), 0));
    const request = summaryRequest(run.config, 11, [...answersOf(run), ...answersOf(second)]);
    expect(new Set(request?.models.map(({ seed }) => seed))).toEqual(new Set(["11", "12"]));
    const failure = { reason: "NON_FINITE_LOSS", message: "runs/x: step 3 of /tmp/store" };
    const outcomes = [
      { seed: 13, failure },
      { seed: 12, report: reportOf(second) },
      { seed: 11, report },
    ];
    const pooled = poolReports(run.config, outcomes, summaryOf(run));
    expect(pooled?.seeds.map(({ seed }) => seed)).toEqual([11, 12, 13]);
    expect(pooled?.seeds[2]).toEqual({ seed: 13, failure: { reason: "NON_FINITE_LOSS" } });
    expect(pooled?.seeds[1]?.inputs).toEqual(report.inputs);
    expect(pooled?.models.find(({ model }) => model === "M1")?.judge["new_texts"]?.["pairwise_accuracy"]).toBeCloseTo(
      0.9,
      12,
    );
    expect(pooled?.claims[0]).toMatchObject({ claim: "M2 above M1", holds: true });
    expect(poolReports(run.config, [{ seed: 13, failure }], NO_EVALUATION)).toBeUndefined();
  });
});
