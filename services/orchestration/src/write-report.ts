import { canonicalJson } from "@srlm/artifacts";
import type { ShardRun } from "@srlm/service-kit";
import { assembleReport, NO_EVALUATION } from "./report/assemble-report.ts";
import { evaluatedModels, summaryRequest } from "./report/summary.ts";
import { type JobSnapshot, type RunState, succeededJob } from "./run/run-state.ts";

/** Has the evaluations summarised and stores report.json: the report stage, as if it were a job. */
export async function writeReport(
  run: RunState,
  { peers, artifacts, signal }: Pick<ShardRun, "peers" | "artifacts" | "signal">,
  now: () => number,
): Promise<JobSnapshot> {
  const startTime = now();
  const stages = run.stages.map(({ name }) => ({ name, outputs: succeededJob(run, name)?.outputs ?? {} }));
  const request = summaryRequest(run.config, run.seed, evaluatedModels(stages, run.seed));
  const summary =
    request === undefined ? NO_EVALUATION : await peers.evaluation.summarizeEvaluations(request, { signal });
  const text = `${canonicalJson(assembleReport(run, summary))}\n`;
  const report = await artifacts.put(Buffer.from(text), { mediaType: "application/json", signal });
  return {
    name: "",
    sequence: 1,
    state: "succeeded",
    startTime,
    endTime: now(),
    engineFingerprint: "",
    outputs: { report },
    metrics: {},
  };
}
