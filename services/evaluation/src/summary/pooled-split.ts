/**
 * One split as one model answered it, in one training run or in several that are pooled: all runs have answers to the
 * same prompts, and here in the same order.
 */
import type { EvaluatedAnswerRecord } from "../records.ts";
import { NotPairedError } from "./not-paired-error.ts";

/** The answers of one model of one training run, all splits together. */
export interface EvaluatedRun {
  readonly model: string;
  readonly seed: string;
  readonly answers: readonly EvaluatedAnswerRecord[];
  /** Path in the request, for errors. */
  readonly field: string;
}

export interface PooledSplit {
  readonly model: string;
  readonly split: string;
  readonly seeds: readonly string[];
  /** runs[s][i]: answer of the run of seeds[s] to the i-th prompt. */
  readonly runs: readonly (readonly EvaluatedAnswerRecord[])[];
}

/** What decides the scores; two splits can be compared where it is the same. */
export function scorerOf({ verifier, judgement }: EvaluatedAnswerRecord): string {
  if (verifier !== null) return `the verifier ${verifier}`;
  if (judgement === null) return "nothing";
  const { model_sha256, rubric_sha256 } = judgement.judge;
  return `the judge ${model_sha256.slice(0, 12)} with rubric ${rubric_sha256.slice(0, 12)}`;
}

function describe({ model, seed }: { readonly model: string; readonly seed: string }): string {
  return seed === "" ? model : `${model} of seed ${seed}`;
}

/** The answers in the order of other answers to the same prompts. NotPairedError where the prompts differ. */
export function inOrderOf(
  order: readonly EvaluatedAnswerRecord[],
  answers: readonly EvaluatedAnswerRecord[],
  names: { readonly field: string; readonly other: string; readonly one: string },
): EvaluatedAnswerRecord[] {
  const byPrompt = new Map(answers.map((answer) => [answer.prompt_id, answer]));
  const known = new Set(order.map(({ prompt_id }) => prompt_id));
  const missing = order.find(({ prompt_id }) => !byPrompt.has(prompt_id));
  const surplus = answers.find(({ prompt_id }) => !known.has(prompt_id));
  const { field, other, one } = names;
  const refuse = (has: string, lacks: string, { split, prompt_id }: EvaluatedAnswerRecord) =>
    new NotPairedError(
      field,
      `must have answered the same prompts: of split ${split}, ${has} answered prompt ${prompt_id} and ${lacks} did not`,
    );
  if (missing !== undefined) throw refuse(other, one, missing);
  if (surplus !== undefined) throw refuse(one, other, surplus);
  return order.map(({ prompt_id }) => byPrompt.get(prompt_id) as EvaluatedAnswerRecord);
}

function poolModel(model: string, runs: readonly EvaluatedRun[]): PooledSplit[] {
  const [first, ...others] = runs as readonly [EvaluatedRun, ...EvaluatedRun[]];
  const splits = [...new Set(runs.flatMap(({ answers }) => answers.map(({ split }) => split)))];
  return splits.map((split) => {
    const ofSplit = ({ answers }: EvaluatedRun) => answers.filter((answer) => answer.split === split);
    const order = ofSplit(first);
    const rest = others.map((run) =>
      inOrderOf(order, ofSplit(run), { field: run.field, other: describe(first), one: describe(run) }),
    );
    return { model, split, seeds: runs.map(({ seed }) => seed), runs: [order, ...rest] };
  });
}

/** Splits of each model, models and splits in the order in which they first occur. */
export function poolRuns(runs: readonly EvaluatedRun[]): PooledSplit[] {
  const models = [...new Set(runs.map(({ model }) => model))];
  return models.flatMap((model) =>
    poolModel(
      model,
      runs.filter((run) => run.model === model),
    ),
  );
}
