import type { Difference, ModelResult, PooledReport, Report, SplitResult } from "@srlm/orchestration";

const MODELS = ["M0", "baseline", "M1", "M2", "M3", "M2 shuffled", "M3 shuffled"];
const SPLITS = ["new_texts", "new_requests"];

function split(mean: number): SplitResult {
  return {
    answers: 500,
    score: { mean, low: mean - 0.05, high: mean + 0.05 },
    score_clustered: { mean, low: mean - 0.1, high: mean + 0.1 },
    perfect_share: 0.2,
    criteria: { count: 0.9 },
    stopped_share: 1,
    mean_words: 9.04,
    mean_tokens: 12,
    distinct_share: 0.97,
    histogram: [0, 0, 0, 100, 300, 100],
  };
}

function judge(accuracy: number): ModelResult["judge"] {
  const metrics = { pairwise_accuracy: accuracy, best_5: 0.98, exact_match: 0.4, spearman: 0.85, kendall_tau: 0.82 };
  return Object.fromEntries(SPLITS.map((name) => [name, { ...metrics, parsed_share: 1, groups: 250 }]));
}

function difference(a: string, b: string, mean: number): Difference[] {
  return SPLITS.map((name) => ({
    a,
    b,
    split: name,
    difference: { mean, low: mean - 0.05, high: mean + 0.05 },
    difference_clustered: { mean, low: mean - 0.1, high: mean + 0.1 },
    wins: 250,
    ties: 150,
    losses: 100,
  }));
}

const DIFFERENCES = [...difference("M2", "M1", 0.4), ...difference("M3", "M3 shuffled", 0.8)];

/** A report as a run of the demonstration writes it, with every section filled. */
export const sampleReport: Report = {
  name: "sample",
  seed: { value: 11, role: "reporting", evaluation: 870413 },
  verdict: {
    code: "MAX_ITERATIONS",
    message: "max_iterations reached: 2 rounds of DPO done, up to M3",
    last_model: "M3",
  },
  claims: [
    {
      claim: "M2 above M1",
      holds: true,
      splits: SPLITS.map((name) => ({ split: name, holds: true, difference: { mean: 0.4, low: 0.35, high: 0.45 } })),
    },
    { claim: "M3 shuffled within 0.15 of M1", holds: null, splits: [] },
    {
      claim: "M3 above M2",
      holds: false,
      splits: [{ split: "new_texts", holds: false, difference: { mean: 0.01, low: -0.04, high: 0.06 } }],
    },
  ],
  models: MODELS.map((model, i) => ({
    model,
    splits: Object.fromEntries(SPLITS.map((name) => [name, split(1 + i / 2)])),
    judge: model === "M0" || model.includes("shuffled") ? {} : judge(model === "baseline" ? 0 : 0.88),
  })),
  differences: DIFFERENCES,
  rounds: [
    {
      model: "M2",
      control: false,
      prompts: { sampled: 640, kept: 600, dropped: { duplicate: 30, held_out: 10 } },
      candidates: { prompts: 600, candidates: 2400, stopped_share: 0.998 },
      judging: {
        judged: 2400,
        parsed_share: 0.999,
        mean_score: 3.07,
        score: { "0": 7, "5": 104 },
        failed: { no_mention: 3 },
      },
      pairing: { prompts: 600, pairs: 596, discard_rate: 0.006, dropped: { tie: 4 } },
      training: { steps: 74, first_loss: 0.69, first_sigmoid_loss: 0.6931472, final_loss: 0.55 },
    },
    {
      model: "M2 shuffled",
      control: true,
      pairing: { prompts: 600, pairs: 10, discard_rate: 0.98 },
      stopped: { code: "NO_PAIRS", message: "10 pairs (stop.min_pairs is 16): 590 prompts dropped: tie 590" },
    },
  ],
  training: { M0: { steps: 500, final_loss: 2.1 }, M1: { steps: 900, final_loss: 0.4 } },
  data: { ift: { examples: 10000, tokens: 270000, skipped_too_long: 0 } },
  judge: { rubric: "tiny-world", taught: "worked judgements by an expert", examples: 20000 },
  scored_by: "the tiny world's verifier, which no stage of the loop sees",
  paper: {
    head_to_head: [
      {
        a: "M2",
        b: "M1",
        paper: { win: 55.5, tie: 32.8, loss: 11.7 },
        ours: { new_texts: { win: 50, tie: 30, loss: 20 }, new_requests: { win: 20, tie: 50, loss: 30 } },
      },
      {
        a: "M1",
        b: "baseline",
        paper: { win: 30.5, tie: 38.7, loss: 30.9 },
        ours: { new_texts: { win: 10, tie: 50, loss: 40 } },
      },
    ],
    reward_modelling: [
      {
        model: "baseline",
        paper: { pairwise_accuracy: 0.651 },
        ours: { new_texts: { pairwise_accuracy: 0 }, new_requests: {} },
      },
      { model: "M1", paper: { pairwise_accuracy: 0.787 }, ours: { new_texts: { pairwise_accuracy: 0.88 } } },
      { model: "M3", paper: { pairwise_accuracy: 0.817 }, ours: { new_texts: { pairwise_accuracy: 0.87 } } },
    ],
    pairs: [{ model: "M2", paper: 3964, ours: 596 }],
  },
  engine_fingerprints: ["wasm, tfjs-backend-wasm 4.22.0, simd128, f32, v8 11.3"],
  inputs: { documents: "d".repeat(64), ift: "e".repeat(64) },
  configuration: { data: { world: "tiny" } },
};

/** Two seeds, one of which failed. */
export const samplePooledReport: PooledReport = {
  name: "sample",
  seeds: [
    { seed: 11, verdict: sampleReport.verdict, claims: [{ claim: "M2 above M1", holds: true }] },
    { seed: 12, failure: { reason: "NON_FINITE_LOSS" } },
  ],
  models: sampleReport.models,
  differences: DIFFERENCES,
  claims: sampleReport.claims,
  scored_by: sampleReport.scored_by,
  judge: sampleReport.judge,
  engine_fingerprints: sampleReport.engine_fingerprints,
  configuration: sampleReport.configuration,
};
