/** Shards' records put together: outputs with their making, metrics of each split. */
import {
  type ArtifactRef,
  type RecordKind,
  readRecords,
  recordOrigin,
  samplingRecord,
  writeRecords,
} from "@srlm/artifacts";
import type { JobOutcome, JobStep } from "@srlm/service-kit";
import type { EvaluationShardResult } from "./evaluation-shard.ts";
import type { EvaluationTask, EvaluationTasks } from "./evaluation-tasks.ts";
import type { JudgeSettings } from "./judging/ask-judge.ts";
import {
  type EvaluatedAnswerRecord,
  type EvaluatedGroupRecord,
  evaluatedAnswerKind,
  evaluatedGroupKind,
} from "./records.ts";
import { answerMetrics, judgeMetrics } from "./split-metrics.ts";

async function readShards<T>(
  kind: RecordKind<T>,
  results: readonly EvaluationShardResult[],
  { artifacts, signal }: JobStep,
): Promise<T[]> {
  const records: T[] = [];
  for (const result of results) {
    for await (const record of readRecords(artifacts, kind, result.records, { signal })) records.push(record);
  }
  return records;
}

type Parameters = Record<string, string | number | Record<string, number>>;

function judgeParameters({ samples, sampling, rubric }: JudgeSettings): Parameters {
  const named = rubric.source?.$case === "builtin" ? { rubric: rubric.source.value } : {};
  return { ...named, judge_samples: samples, judge_sampling: samplingRecord(sampling) };
}

function taskParameters(task: EvaluationTask): Parameters {
  if (task.kind === "judgements") return judgeParameters(task.judge);
  const sampling = samplingRecord(task.sampling);
  switch (task.scorer.kind) {
    case "verifier":
      return { sampling, verifier: task.scorer.verifier.name };
    case "judge":
      return { sampling, ...judgeParameters(task.scorer.judge) };
    case "none":
      return { sampling };
  }
}

function taskInputs(task: EvaluationTask): Record<string, ArtifactRef> {
  const dataset = { [`${task.kind === "answers" ? "prompts" : "groups"}/${task.split}`]: task.dataset };
  const judged = task.kind === "answers" && task.scorer.kind === "judge";
  return judged ? { ...dataset, judge: task.scorer.judge.model } : dataset;
}

/** Stores an output of all splits of one kind and says how it was made. */
async function store<T>(
  kind: RecordKind<T>,
  records: readonly T[],
  { model, seed, tasks }: EvaluationTasks,
  { artifacts, job, signal }: JobStep,
): Promise<ArtifactRef> {
  const ref = await writeRecords(artifacts, kind, records, { signal });
  const inputs = Object.assign({ model }, ...tasks.map(taskInputs)) as Record<string, ArtifactRef>;
  const parameters = Object.assign({ seed }, ...tasks.map(taskParameters)) as Parameters;
  await recordOrigin(artifacts, ref, { kind: kind.name, producer: job, inputs, parameters }, { signal });
  return ref;
}

/** Results in the order of the plan: task by task. */
export async function finishEvaluation(
  work: EvaluationTasks,
  results: readonly EvaluationShardResult[],
  step: JobStep,
): Promise<JobOutcome> {
  const answers: EvaluatedAnswerRecord[] = [];
  const groups: EvaluatedGroupRecord[] = [];
  const metrics: Record<string, number> = {};
  for (const [i, task] of work.tasks.entries()) {
    const shards = results.filter((result) => result.task === i);
    if (task.kind === "answers") {
      const records = await readShards(evaluatedAnswerKind, shards, step);
      Object.assign(metrics, answerMetrics(task.split, records, task.dataset.recordCount));
      answers.push(...records);
    } else {
      const records = await readShards(evaluatedGroupKind, shards, step);
      Object.assign(metrics, judgeMetrics(task.split, records));
      groups.push(...records);
    }
  }
  const only = (kind: EvaluationTask["kind"]) => ({ ...work, tasks: work.tasks.filter((task) => task.kind === kind) });
  const outputs = {
    answers: await store(evaluatedAnswerKind, answers, only("answers"), step),
    judgements: await store(evaluatedGroupKind, groups, only("judgements"), step),
  };
  return { outputs, metrics };
}
