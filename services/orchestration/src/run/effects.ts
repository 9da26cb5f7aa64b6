import type { JobSnapshot, RunState, StageRecord } from "./run-state.ts";

/** What a run asks for. Each may be done again: starting finds the same job by its request id. */
export type Effect =
  | { readonly type: "start"; readonly stage: StageRecord }
  /** Put a job that failed or was cancelled back to work. */
  | { readonly type: "resubmit"; readonly stage: StageRecord; readonly job: JobSnapshot }
  /** Cancel the job and see how it ends. */
  | { readonly type: "cancel"; readonly stage: StageRecord; readonly job: JobSnapshot }
  /** Find out whether the stage has a job, which then is cancelled; else withdraw it. */
  | { readonly type: "withdraw"; readonly stage: StageRecord };

/** All that is to be done for the run as it is, in the order of its stages. */
export function effectsOf(run: RunState): Effect[] {
  return run.stages.flatMap((stage): Effect[] => {
    const { status } = stage;
    if (run.phase.phase === "running" && status.state === "ready") {
      return [status.job === undefined ? { type: "start", stage } : { type: "resubmit", stage, job: status.job }];
    }
    if (run.phase.phase !== "stopping") return [];
    if (status.state === "running") return [{ type: "cancel", stage, job: status.job }];
    return status.state === "ready" ? [{ type: "withdraw", stage }] : [];
  });
}
