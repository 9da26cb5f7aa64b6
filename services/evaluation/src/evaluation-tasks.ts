/** A spec as the job works by it: checked, each split a task of its own. */
import type { ArtifactRef } from "@srlm/artifacts";
import type { evaluation, inference } from "@srlm/contracts";
import { invalidArgument, required } from "@srlm/service-kit";
import type { JudgeSettings } from "./judging/ask-judge.ts";
import { findVerifier } from "./verifiers/find-verifier.ts";
import type { Verifier } from "./verifiers/verifier.ts";

export type Scorer =
  | { readonly kind: "verifier"; readonly verifier: Verifier }
  | { readonly kind: "judge"; readonly judge: JudgeSettings }
  | { readonly kind: "none" };

/** The model answers a split's prompts, and the answers are scored. */
export interface AnswerTask {
  readonly kind: "answers";
  readonly split: string;
  /** `prompt` records. */
  readonly dataset: ArtifactRef;
  /** Path of the dataset in the request, for errors. */
  readonly field: string;
  readonly sampling: inference.SamplingParameters;
  readonly scorer: Scorer;
}

/** The model judges answers that people ranked. */
export interface JudgeTask {
  readonly kind: "judgements";
  readonly split: string;
  /** `ranked-answers` records. */
  readonly dataset: ArtifactRef;
  readonly field: string;
  readonly judge: JudgeSettings;
}

export type EvaluationTask = AnswerTask | JudgeTask;

export interface EvaluationTasks {
  readonly model: ArtifactRef;
  readonly seed: number;
  /** Prompts or groups in one shard. */
  readonly shardSize: number;
  /** Answer tasks first, each kind in the order of the request. */
  readonly tasks: readonly EvaluationTask[];
}

/** Enough sequences to fill an engine's batch, few enough that a killed shard loses seconds. */
const DEFAULT_SHARD_SIZE = 64;

/** Stands in metric names, after a `/`. */
const SPLIT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

function checkNames(splits: readonly { readonly name: string }[], field: string): void {
  const seen = new Set<string>();
  for (const [i, { name }] of splits.entries()) {
    const path = `${field}[${i}].name`;
    if (!SPLIT_NAME.test(name)) {
      throw invalidArgument(
        path,
        `must be letters, digits, _, . and -, such as new_texts, got ${JSON.stringify(name)}`,
      );
    }
    if (seen.has(name)) throw invalidArgument(path, `must differ from the others, got ${JSON.stringify(name)} twice`);
    seen.add(name);
  }
}

function readSampling(sampling: inference.SamplingParameters | undefined, field: string): inference.SamplingParameters {
  const given = required(sampling, field);
  if (given.maxTokens < 1) throw invalidArgument(`${field}.max_tokens`, `must be at least 1, got ${given.maxTokens}`);
  return given;
}

function readJudge(spec: evaluation.EvaluationSpec, model: ArtifactRef): JudgeSettings {
  return {
    model,
    rubric: required(spec.rubric, "spec.rubric"),
    samples: spec.judgeSamples,
    // `max_tokens` 0 is the rubric's own limit, which the judging service knows.
    sampling: required(spec.judgeSampling, "spec.judge_sampling"),
    seed: spec.seed,
  };
}

function readScorer(spec: evaluation.EvaluationSpec): Scorer {
  if (spec.verifier !== "") return { kind: "verifier", verifier: findVerifier(spec.verifier, "spec.verifier") };
  return spec.judge === undefined ? { kind: "none" } : { kind: "judge", judge: readJudge(spec, spec.judge) };
}

/** INVALID_ARGUMENT with the field's path for what is missing or out of range; VERIFIER_UNKNOWN. */
export function readEvaluationSpec(spec: evaluation.EvaluationSpec): EvaluationTasks {
  const model = required(spec.model, "spec.model");
  if (spec.splits.length + spec.judgeSplits.length === 0) {
    throw invalidArgument("spec.splits", "must name at least one split, or spec.judge_splits one", "FIELD_REQUIRED");
  }
  checkNames(spec.splits, "spec.splits");
  checkNames(spec.judgeSplits, "spec.judge_splits");
  const scorer = readScorer(spec);
  const answerTasks = spec.splits.map(({ name, prompts }, i): AnswerTask => {
    const field = `spec.splits[${i}].prompts`;
    const sampling = readSampling(spec.sampling, "spec.sampling");
    return { kind: "answers", split: name, dataset: required(prompts, field), field, sampling, scorer };
  });
  const judgeTasks = spec.judgeSplits.map(({ name, groups }, i): JudgeTask => {
    const field = `spec.judge_splits[${i}].groups`;
    const judge = readJudge(spec, model);
    return { kind: "judgements", split: name, dataset: required(groups, field), field, judge };
  });
  return {
    model,
    seed: spec.seed,
    shardSize: spec.shardSize || DEFAULT_SHARD_SIZE,
    tasks: [...answerTasks, ...judgeTasks],
  };
}
