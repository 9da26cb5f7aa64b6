/** Between runs as they are stored and as the contracts tell them. */
import { jobs, orchestration } from "@srlm/contracts";
import { writeConfig } from "./config/write-config.ts";
import { REPORT_STAGE } from "./run/plan.ts";
import { type JobSnapshot, type RunState, type StageRecord, succeededJob } from "./run/run-state.ts";
import { loopVerdict } from "./run/verdict.ts";

const SNAPSHOT_STATES: Readonly<Record<jobs.JobState, JobSnapshot["state"]>> = {
  [jobs.JobState.UNSPECIFIED]: "queued",
  [jobs.JobState.QUEUED]: "queued",
  [jobs.JobState.RUNNING]: "running",
  [jobs.JobState.SUCCEEDED]: "succeeded",
  [jobs.JobState.FAILED]: "failed",
  [jobs.JobState.CANCELLED]: "cancelled",
};

const STAGE_STATES: Readonly<Record<StageRecord["status"]["state"], orchestration.StageState>> = {
  pending: orchestration.StageState.PENDING,
  ready: orchestration.StageState.PENDING,
  running: orchestration.StageState.RUNNING,
  succeeded: orchestration.StageState.SUCCEEDED,
  failed: orchestration.StageState.FAILED,
  cancelled: orchestration.StageState.CANCELLED,
  skipped: orchestration.StageState.SKIPPED,
};

/** What a run keeps of a job. */
export function toSnapshot(job: jobs.Job): JobSnapshot {
  return {
    name: job.name,
    sequence: job.sequence,
    state: SNAPSHOT_STATES[job.state],
    progress: job.progress,
    startTime: job.startTime?.getTime(),
    endTime: job.endTime?.getTime(),
    error: job.error,
    engineFingerprint: job.engineFingerprint,
    outputs: job.outputs,
    metrics: job.metrics,
  };
}

function toDate(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

export function toStageMessage({ name, kind, needs, status }: StageRecord): orchestration.Stage {
  const job = "job" in status ? status.job : undefined;
  const error = status.state === "failed" ? status.error : undefined;
  const succeeded = status.state === "succeeded" ? status.job : undefined;
  return {
    name,
    kind,
    state: STAGE_STATES[status.state],
    needs: [...needs],
    job: job?.name ?? "",
    progress: job?.progress === undefined ? undefined : { ...job.progress, gauges: { ...job.progress.gauges } },
    startTime: toDate(job?.startTime),
    endTime: toDate(job?.endTime),
    outputs: { ...succeeded?.outputs },
    metrics: { ...succeeded?.metrics },
    error: error === undefined ? undefined : { ...error },
  };
}

function stateOf({ phase }: RunState): jobs.JobState {
  if (phase.phase !== "ended") return jobs.JobState.RUNNING;
  switch (phase.as.state) {
    case "succeeded":
      return jobs.JobState.SUCCEEDED;
    case "failed":
      return jobs.JobState.FAILED;
    case "cancelled":
      return jobs.JobState.CANCELLED;
  }
}

export function toRunMessage(run: RunState): orchestration.Run {
  const verdict = loopVerdict(run);
  const { phase } = run;
  const error = phase.phase !== "running" && phase.as.state === "failed" ? phase.as.error : undefined;
  return {
    name: run.name,
    title: run.config.name,
    state: stateOf(run),
    stages: run.stages.map(toStageMessage),
    verdict: verdict?.code ?? "",
    verdictMessage: verdict?.message ?? "",
    error: error === undefined ? undefined : { ...error },
    createTime: new Date(run.createTime),
    endTime: phase.phase === "ended" ? new Date(phase.at) : undefined,
    sequence: run.sequence,
    configYaml: writeConfig(run.config),
    outputs: { ...succeededJob(run, REPORT_STAGE)?.outputs },
  };
}
