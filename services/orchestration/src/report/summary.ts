/** What the report asks the evaluation service to summarise, and its answer in the report's own terms. */
import type { evaluation } from "@srlm/contracts";
import type { Config } from "../config/schema.ts";
import { BASELINE, modelOfRound, rounds, shuffledOfRound } from "../run/model-names.ts";
import type { ArtifactRef } from "../run/run-state.ts";
import { evaluationSeed } from "../run/specs/evaluation.ts";
import { stageSeed } from "../run/stage-seed.ts";
import type { Difference, Metrics, ModelResult, ReportInterval, SplitResult } from "./report-types.ts";

const EVALUATION = "/evaluation";

/** A stage as a run or its message has it. */
interface EvaluationStage {
  readonly name: string;
  readonly outputs: Readonly<Record<string, ArtifactRef>>;
}

/** The answers of all models that a run evaluated. `seed` tells runs apart when they are pooled. */
export function evaluatedModels(stages: readonly EvaluationStage[], seed: number): evaluation.EvaluatedModel[] {
  return stages.flatMap(({ name, outputs }) => {
    const answers = outputs["answers"];
    if (!name.endsWith(EVALUATION) || answers === undefined) return [];
    return [{ model: name.slice(0, -EVALUATION.length), seed: String(seed), answers }];
  });
}

/**
 * Pairs of models that a report compares: each with the one before it, with the baseline and with M1, each control with
 * its counterpart and with M1, and what claims and configuration name.
 */
export function comparedModels(config: Config, evaluated: readonly string[]): evaluation.ModelPair[] {
  const pairs: [string, string][] = [
    ["M1", "M0"],
    ["M1", BASELINE],
  ];
  for (const round of rounds(config)) {
    const model = modelOfRound(round);
    pairs.push([model, modelOfRound(round - 1)], [model, "M1"], [model, BASELINE]);
    pairs.push([model, shuffledOfRound(round)], [shuffledOfRound(round), "M1"]);
  }
  for (const claim of config.evaluation.claims) {
    pairs.push("better" in claim ? [claim.better, claim.than] : [claim.model, claim.of]);
  }
  for (const { a, b } of config.evaluation.comparisons) pairs.push([a, b]);
  const known = pairs.filter(([a, b]) => a !== b && evaluated.includes(a) && evaluated.includes(b));
  return [...new Map(known.map(([modelA, modelB]) => [`${modelA} v ${modelB}`, { modelA, modelB }])).values()];
}

/** Undefined where nothing was evaluated. */
export function summaryRequest(
  config: Config,
  seed: number,
  models: readonly evaluation.EvaluatedModel[],
): evaluation.SummarizeEvaluationsRequest | undefined {
  if (models.length === 0) return undefined;
  return {
    models: [...models],
    comparisons: comparedModels(config, [...new Set(models.map(({ model }) => model))]),
    bootstrapSamples: config.evaluation.bootstrap_samples,
    seed: stageSeed(evaluationSeed(config, seed), "summary"),
  };
}

function interval(of: evaluation.Interval | undefined): ReportInterval | undefined {
  return of === undefined ? undefined : { mean: of.mean, low: of.low, high: of.high };
}

function optional<Key extends string>(key: Key, value: ReportInterval | undefined): { [K in Key]?: ReportInterval } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: ReportInterval };
}

function splitResult(summary: evaluation.ModelSummary): SplitResult {
  return {
    answers: summary.answers,
    ...optional("score", interval(summary.score)),
    ...optional("score_clustered", interval(summary.scoreClustered)),
    ...(summary.perfectShare === undefined ? {} : { perfect_share: summary.perfectShare }),
    criteria: summary.criteria,
    stopped_share: summary.stoppedShare,
    mean_words: summary.meanWords,
    mean_tokens: summary.meanTokens,
    distinct_share: summary.distinctShare,
    histogram: summary.histogram,
  };
}

/** Models in the order of `names`, with what their evaluation said of them as judges. */
export function modelResults(
  names: readonly string[],
  summary: evaluation.SummarizeEvaluationsResponse,
  judgeMetrics: (model: string) => Readonly<Record<string, Metrics>>,
): ModelResult[] {
  return names.flatMap((model) => {
    const own = summary.models.filter((one) => one.model === model);
    const judge = judgeMetrics(model);
    if (own.length === 0 && Object.keys(judge).length === 0) return [];
    return [{ model, splits: Object.fromEntries(own.map((one) => [one.split, splitResult(one)])), judge }];
  });
}

export function differences(summary: evaluation.SummarizeEvaluationsResponse): Difference[] {
  return summary.pairs.map((pair) => ({
    a: pair.modelA,
    b: pair.modelB,
    split: pair.split,
    ...optional("difference", interval(pair.difference)),
    ...optional("difference_clustered", interval(pair.differenceClustered)),
    wins: pair.wins,
    ties: pair.ties,
    losses: pair.losses,
  }));
}
