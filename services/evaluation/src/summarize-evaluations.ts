/** SummarizeEvaluations: reads the answers, pools runs, summarizes. */
import { setImmediate as otherWork } from "node:timers/promises";
import { type ArtifactStore, readRecords } from "@srlm/artifacts";
import type { evaluation } from "@srlm/contracts";
import { invalidArgument, required } from "@srlm/service-kit";
import { Draws } from "./metrics/draws.ts";
import { type EvaluatedAnswerRecord, evaluatedAnswerKind } from "./records.ts";
import type { BootstrapSettings } from "./summary/intervals.ts";
import { NotPairedError } from "./summary/not-paired-error.ts";
import { type EvaluatedRun, type PooledSplit, poolRuns } from "./summary/pooled-split.ts";
import { type SplitSummary, summarizeModel } from "./summary/summarize-model.ts";
import { type PairedSummary, summarizePair } from "./summary/summarize-pair.ts";

/** The ends of an interval then move by about 0.03 standard errors from one seed of the draws to the next. */
const DEFAULT_RESAMPLES = 10_000;
/** Beyond it nothing is gained, and the process computes for minutes. */
const MAX_RESAMPLES = 100_000;

export interface EvaluationsSummary {
  readonly models: readonly SplitSummary[];
  readonly pairs: readonly PairedSummary[];
}

/** What is common to reading and computing. */
export interface SummaryStep {
  readonly artifacts: ArtifactStore;
  readonly signal: AbortSignal;
}

async function readRun(
  { model, seed, answers }: evaluation.EvaluatedModel,
  field: string,
  { artifacts, signal }: SummaryStep,
): Promise<EvaluatedRun> {
  required(model, `${field}.model`);
  const ref = required(answers, `${field}.answers`);
  const records: EvaluatedAnswerRecord[] = [];
  for await (const record of readRecords(artifacts, evaluatedAnswerKind, ref, { signal })) records.push(record);
  return { model, seed, answers: records, field: `${field}.answers` };
}

function readSettings({ bootstrapSamples, seed }: evaluation.SummarizeEvaluationsRequest): BootstrapSettings {
  if (bootstrapSamples > MAX_RESAMPLES) {
    throw invalidArgument("bootstrap_samples", `must be at most ${MAX_RESAMPLES}, got ${bootstrapSamples}`);
  }
  return { seed, resamples: bootstrapSamples || DEFAULT_RESAMPLES, draws: new Draws() };
}

function checkRunsDiffer(models: readonly evaluation.EvaluatedModel[]): void {
  const seen = new Set<string>();
  for (const [i, { model, seed }] of models.entries()) {
    const key = JSON.stringify([model, seed]);
    if (seen.has(key)) {
      throw invalidArgument(`models[${i}]`, `must be given once, got model ${model} with seed "${seed}" again`);
    }
    seen.add(key);
  }
}

/** The splits of a model that a comparison names. */
function splitsOf(pooled: readonly PooledSplit[], model: string, field: string): PooledSplit[] {
  const splits = pooled.filter((each) => each.model === model);
  if (splits.length > 0) return splits;
  const known = [...new Set(pooled.map((each) => each.model))].join(", ");
  throw invalidArgument(field, `must be one of the models given (${known}), got ${JSON.stringify(model)}`);
}

/** The splits of both models of a comparison, which must be the same. */
function pairSplits(
  pooled: readonly PooledSplit[],
  { modelA, modelB }: evaluation.ModelPair,
  field: string,
): [PooledSplit, PooledSplit][] {
  const a = splitsOf(pooled, modelA, `${field}.model_a`);
  const b = splitsOf(pooled, modelB, `${field}.model_b`);
  const names = (splits: readonly PooledSplit[]) => splits.map(({ split }) => split).sort();
  if (names(a).join() !== names(b).join()) {
    const [ofA, ofB] = [names(a).join(", "), names(b).join(", ")];
    throw new NotPairedError(field, `must compare models on the same splits: ${modelA} has ${ofA}; ${modelB} ${ofB}`);
  }
  return a.map((split) => [split, b.find((other) => other.split === split.split) as PooledSplit]);
}

/** Models, comparisons and splits in the order of the request. Lets other calls in between two intervals. */
export async function summarizeEvaluations(
  request: evaluation.SummarizeEvaluationsRequest,
  step: SummaryStep,
): Promise<EvaluationsSummary> {
  if (request.models.length === 0) throw invalidArgument("models", "must hold at least one model", "FIELD_REQUIRED");
  checkRunsDiffer(request.models);
  const settings = readSettings(request);
  const runs: EvaluatedRun[] = [];
  for (const [i, model] of request.models.entries()) runs.push(await readRun(model, `models[${i}]`, step));
  const pooled = poolRuns(runs);
  const comparisons = request.comparisons.flatMap((pair, i) => {
    const field = `comparisons[${i}]`;
    return pairSplits(pooled, pair, field).map(([a, b]) => ({ a, b, field }));
  });
  const models: SplitSummary[] = [];
  const pairs: PairedSummary[] = [];
  for (const split of pooled) {
    await otherWork(undefined, { signal: step.signal });
    models.push(summarizeModel(split, settings));
  }
  for (const { a, b, field } of comparisons) {
    await otherWork(undefined, { signal: step.signal });
    pairs.push(summarizePair(a, b, field, settings));
  }
  return { models, pairs };
}
