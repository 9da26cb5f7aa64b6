/** The job behind StartEvaluation: shards of prompts and of groups, each split's records in the order of its dataset. */
import {
  type PromptRecord,
  promptKind,
  rankedAnswersKind,
  readRange,
  readRecords,
  recordRanges,
} from "@srlm/artifacts";
import { evaluation } from "@srlm/contracts";
import { invalidArgument, type JobKind, type JobStep, type PlannedShard, type ShardResult } from "@srlm/service-kit";
import { evaluateAnswers } from "./answering/evaluate-answers.ts";
import type { EvaluationShard, EvaluationShardResult } from "./evaluation-shard.ts";
import { type AnswerTask, type EvaluationTask, readEvaluationSpec } from "./evaluation-tasks.ts";
import { finishEvaluation } from "./finish-evaluation.ts";
import { judgeGroups } from "./judging/judge-groups.ts";
import { evaluatedAnswerKind, evaluatedGroupKind } from "./records.ts";
import { storeShard } from "./shard-records.ts";
import { readVerifiable } from "./verifiers/find-verifier.ts";

/** Prompts that cannot be told apart or verified stop the job before the first is answered. */
function checkPrompts(task: AnswerTask, prompts: readonly PromptRecord[]): void {
  const seen = new Set<string>();
  for (const { prompt_id, prompt } of prompts) {
    if (seen.has(prompt_id)) {
      const message = `must hold each prompt once, holds prompt_id ${JSON.stringify(prompt_id)} twice`;
      throw invalidArgument(task.field, message, "PROMPT_REPEATED");
    }
    seen.add(prompt_id);
    if (task.scorer.kind === "verifier") readVerifiable(task.scorer.verifier, prompt, task.field);
  }
}

async function countRecords(task: EvaluationTask, { artifacts, signal }: JobStep): Promise<number> {
  if (task.kind === "answers") {
    const all = { start: 0, end: Infinity };
    const prompts = await readRange(artifacts, promptKind, task.dataset, all, { signal });
    checkPrompts(task, prompts);
    return prompts.length;
  }
  let count = 0;
  for await (const _ of readRecords(artifacts, rankedAnswersKind, task.dataset, { signal })) count++;
  return count;
}

export const evaluationJob: JobKind<evaluation.EvaluationSpec, EvaluationShard, EvaluationShardResult> = {
  kind: "evaluation",
  specType: evaluation.EvaluationSpec,
  unit: "prompts",
  // One shard is scored and judged while the engine answers the other.
  concurrency: 2,

  async plan(spec, step) {
    const { tasks, shardSize } = readEvaluationSpec(spec);
    const shards: PlannedShard<EvaluationShard>[] = [];
    for (const [i, task] of tasks.entries()) {
      const records = await countRecords(task, step);
      if (records === 0) throw invalidArgument(task.field, "must hold at least one record, is empty", "DATASET_EMPTY");
      const ranges = recordRanges(records, shardSize);
      shards.push(...ranges.map((range) => ({ payload: { task: i, ...range }, size: range.end - range.start })));
    }
    return shards;
  },

  async runShard(spec, { task: index, ...range }, run): Promise<ShardResult<EvaluationShardResult>> {
    const { model, seed, tasks } = readEvaluationSpec(spec);
    const task = tasks[index] as EvaluationTask;
    const { artifacts, peers, signal } = run;
    if (task.kind === "answers") {
      const prompts = await readRange(artifacts, promptKind, task.dataset, range, { signal });
      const records = await evaluateAnswers(peers, model, seed, task, prompts, signal);
      return storeShard(run, index, evaluatedAnswerKind, records, records[0]?.engine_fingerprint);
    }
    const groups = await readRange(artifacts, rankedAnswersKind, task.dataset, range, { signal });
    const records = await judgeGroups(peers, task, groups, signal);
    return storeShard(run, index, evaluatedGroupKind, records, records[0]?.judge.engine_fingerprint);
  },

  finish: (spec, results, step) =>
    finishEvaluation(
      readEvaluationSpec(spec),
      results.map(({ value }) => value),
      step,
    ),
};
