/** Puts the report of a run together: a pure function of its stages and the summary of its evaluations. */
import type { evaluation } from "@srlm/contracts";
import type { Config } from "../config/schema.ts";
import { hasEft, heldOutSplits } from "../run/inputs.ts";
import { modelNames, modelOfRound, rounds, shuffledOfRound } from "../run/model-names.ts";
import { type Metrics, type RunState, succeededJob } from "../run/run-state.ts";
import { evaluationSeed } from "../run/specs/evaluation.ts";
import { loopVerdict, stopAfterPairing } from "../run/verdict.ts";
import { checkClaims } from "./claims.ts";
import { essentials } from "./essentials.ts";
import { PAPER_HEAD_TO_HEAD, PAPER_PAIRS, PAPER_REWARD_MODELLING } from "./paper-figures.ts";
import type { Difference, GroupedMetrics, ModelResult, Report, RoundResult, WinTieLoss } from "./report-types.ts";
import { differences, modelResults } from "./summary.ts";

/** Prefixes of figures that are counts by reason or by value. */
const GROUPS = ["dropped", "failed", "score"] as const;

/** Figures with the prefix `dropped_`, `failed_` or `score_` under `dropped`, `failed`, `score`. */
export function grouped(metrics: Metrics): GroupedMetrics {
  const result: Record<string, number | Record<string, number>> = {};
  for (const [name, value] of Object.entries(metrics)) {
    const group = GROUPS.find((prefix) => name.startsWith(`${prefix}_`));
    if (group === undefined) result[name] = value;
    else
      result[group] = {
        ...(result[group] as Record<string, number> | undefined),
        [name.slice(group.length + 1)]: value,
      };
  }
  return result;
}

function metricsOf(run: RunState, stage: string): GroupedMetrics | undefined {
  const job = succeededJob(run, stage);
  return job === undefined ? undefined : grouped(job.metrics);
}

function named<Key extends string>(key: Key, value: GroupedMetrics | undefined): { [K in Key]?: GroupedMetrics } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: GroupedMetrics };
}

function roundResult(run: RunState, round: number, control: boolean): RoundResult[] {
  const model = control ? shuffledOfRound(round) : modelOfRound(round);
  const pairing = metricsOf(run, `${model}/pairing`);
  if (pairing === undefined) return [];
  const stopped = stopAfterPairing(run, round, control);
  return [
    {
      model,
      control,
      ...named("prompts", metricsOf(run, `${model}/prompting`)),
      ...named("candidates", metricsOf(run, `${model}/sampling`)),
      ...named("judging", metricsOf(run, `${model}/judging`)),
      pairing,
      ...named("training", metricsOf(run, `${model}/training`)),
      ...(stopped === undefined ? {} : { stopped }),
    },
  ];
}

/** `judge_<name>/<split>` of an evaluation, as split -> name -> figure. */
function judgeMetrics(run: RunState, model: string): Record<string, Record<string, number>> {
  const result: Record<string, Record<string, number>> = {};
  for (const [key, value] of Object.entries(succeededJob(run, `${model}/evaluation`)?.metrics ?? {})) {
    const match = /^judge_([^/]+)\/(.+)$/.exec(key);
    const [, name, split] = match ?? [];
    if (name !== undefined && split !== undefined) result[split] = { ...result[split], [name]: value };
  }
  return result;
}

function collect(run: RunState, stages: Readonly<Record<string, string>>): Record<string, GroupedMetrics> {
  const found = Object.entries(stages).map(([key, stage]) => [key, metricsOf(run, stage)] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, GroupedMetrics] => entry[1] !== undefined));
}

function judgeOf(run: RunState): Report["judge"] {
  const { config } = run;
  const rubric = config.judging.rubric ?? "given";
  const examples = succeededJob(run, "eft/tokenization")?.metrics["examples"] ?? 0;
  return { rubric, taught: taught(config), examples };
}

function taught(config: Config): string {
  if (!hasEft(config)) return "no EFT data: the judge was not taught";
  if (config.data.world === "tiny") {
    return [
      "worked judgements by the tiny world's expert annotator, free of noise:",
      "a check of each item, a verdict on each of five stated criteria, and their sum.",
      "The judge is thus told what counts; the verifier that scores the models is another implementation, which the loop never sees.",
    ].join(" ");
  }
  return "judgements that the user gave (data.eft)";
}

function scoredBy(config: Config): string {
  if (config.data.world === "tiny") return "the tiny world's verifier, which no stage of the loop sees";
  if (heldOutSplits(config).length === 0) return "nobody: no held-out prompts were given";
  return "M1 as judge, the same for all models: no outside verifier exists for this data";
}

function percent(part: number, whole: number): number {
  return Math.round((1000 * part) / whole) / 10;
}

function winTieLoss({ wins, ties, losses }: Difference): WinTieLoss {
  const all = wins + ties + losses;
  return { win: percent(wins, all), tie: percent(ties, all), loss: percent(losses, all) };
}

function besidePaper(run: RunState, models: readonly ModelResult[], found: readonly Difference[]): Report["paper"] {
  return {
    head_to_head: PAPER_HEAD_TO_HEAD.flatMap(({ a, b, ...paper }) => {
      const own = found.filter((one) => one.a === a && one.b === b && one.wins + one.ties + one.losses > 0);
      if (own.length === 0) return [];
      return [{ a, b, paper, ours: Object.fromEntries(own.map((one) => [one.split, winTieLoss(one)])) }];
    }),
    reward_modelling: models.flatMap(({ model, judge }) => {
      const paper = PAPER_REWARD_MODELLING[model];
      if (paper === undefined || Object.keys(judge).length === 0) return [];
      const same = (metrics: Metrics) => Object.fromEntries(Object.entries(metrics).filter(([name]) => name in paper));
      return [
        { model, paper, ours: Object.fromEntries(Object.entries(judge).map(([split, own]) => [split, same(own)])) },
      ];
    }),
    pairs: Object.entries(PAPER_PAIRS).flatMap(([model, paper]) => {
      const ours = succeededJob(run, `${model}/pairing`)?.metrics["pairs"];
      return ours === undefined ? [] : [{ model, paper, ours }];
    }),
  };
}

export const NO_EVALUATION: evaluation.SummarizeEvaluationsResponse = { models: [], pairs: [] };

/** Results of a run all of whose stages but the report have ended. */
export function assembleReport(run: RunState, summary: evaluation.SummarizeEvaluationsResponse): Report {
  const { config, seed } = run;
  const verdict = loopVerdict(run);
  if (verdict === undefined) throw new Error("the loop has not ended");
  const names = modelNames(config);
  const models = modelResults(names, summary, (model) => judgeMetrics(run, model));
  const found = differences(summary);
  const fingerprints = run.stages.flatMap(({ name }) => succeededJob(run, name)?.engineFingerprint ?? []);
  return {
    name: config.name,
    seed: {
      value: seed,
      role: config.seeds.tuning.includes(seed) ? "tuning" : "reporting",
      evaluation: evaluationSeed(config, seed),
    },
    verdict: { code: verdict.code, message: verdict.message, last_model: verdict.lastModel },
    claims: checkClaims(config.evaluation.claims, found),
    models,
    differences: found,
    rounds: rounds(config).flatMap((round) => [...roundResult(run, round, false), ...roundResult(run, round, true)]),
    training: collect(run, { M0: "M0/training", baseline: "baseline/training", M1: "M1/training" }),
    data: collect(run, { documents: "documents/tokenization", ift: "ift/tokenization", eft: "eft/tokenization" }),
    judge: judgeOf(run),
    scored_by: scoredBy(config),
    paper: besidePaper(run, models, found),
    engine_fingerprints: [...new Set(fingerprints.filter((one) => one !== ""))].sort(),
    inputs: Object.fromEntries(Object.entries(run.inputs).map(([name, { sha256 }]) => [name, sha256])),
    configuration: essentials(config),
  };
}
