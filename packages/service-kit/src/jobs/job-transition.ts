import type { jobs } from "@srlm/contracts";
import type { JobOutcome } from "./job-kind.ts";
import type { Instant, JobPhase, JobRecord, Progress, WorkerId } from "./job-record.ts";

/** What happens to a job. */
export type JobEvent =
  /** Cut up by a worker that now begins with the shards. */
  | { readonly type: "planned"; readonly shards: number; readonly total: number; readonly worker: WorkerId }
  /** A further worker takes steps. */
  | { readonly type: "joined"; readonly worker: WorkerId }
  | { readonly type: "progressed"; readonly done: number; readonly gauges: Readonly<Record<string, number>> }
  | { readonly type: "cancelRequested" }
  /** A worker of a job that is being cancelled works on it no more. */
  | { readonly type: "workerStopped"; readonly worker: WorkerId }
  /** Only the workers that `isAlive` accepts exist any more. */
  | { readonly type: "workersLost"; readonly isAlive: (worker: WorkerId) => boolean }
  | { readonly type: "succeeded"; readonly outcome: Required<JobOutcome> }
  | { readonly type: "failed"; readonly error: jobs.JobError }
  /** Somebody wants an ended job to go on. */
  | { readonly type: "resubmitted" };

type Underway = Extract<JobPhase, { readonly state: "running" | "cancelling" }>;

const over = (phase: JobPhase, at: Instant) => ({
  startTime: phase.state === "queued" ? undefined : phase.startTime,
  endTime: at,
  progress: phase.progress,
});

const withoutGauges = (progress: Progress): Progress => ({ ...progress, gauges: {} });

function withWorkers(phase: Underway, workers: readonly WorkerId[], at: Instant): JobPhase {
  if (phase.state === "cancelling" && workers.length === 0) return { state: "cancelled", ...over(phase, at) };
  return workers.length === phase.workers.length ? phase : { ...phase, workers };
}

function cancel(phase: JobPhase, at: Instant): JobPhase {
  switch (phase.state) {
    case "queued":
      return { state: "cancelled", ...over(phase, at) };
    case "running":
      return withWorkers({ ...phase, state: "cancelling", cancelTime: at }, phase.workers, at);
    default:
      return phase;
  }
}

function progress(phase: JobPhase, done: number, gauges: Progress["gauges"]): JobPhase {
  if (phase.state !== "running") return phase;
  const { total } = phase.progress;
  // Workers count at their own pace: what was seen once is never taken back.
  const most = Math.max(phase.progress.done, total > 0 ? Math.min(done, total) : done);
  return { ...phase, progress: { total, done: most, gauges: { ...phase.progress.gauges, ...gauges } } };
}

function succeed(phase: JobPhase, outcome: Required<JobOutcome>, at: Instant): JobPhase {
  if (phase.state !== "running") return phase;
  const { total } = phase.progress;
  const done = total > 0 ? total : phase.progress.done;
  return { state: "succeeded", ...over(phase, at), progress: { ...phase.progress, done }, ...outcome };
}

function next(phase: JobPhase, event: JobEvent, at: Instant): JobPhase {
  switch (event.type) {
    case "planned": {
      if (phase.state !== "queued") return phase;
      const { shards, total, worker } = event;
      return { state: "running", startTime: at, progress: { ...phase.progress, total }, shards, workers: [worker] };
    }
    case "joined":
      if (phase.state !== "running" || phase.workers.includes(event.worker)) return phase;
      return { ...phase, workers: [...phase.workers, event.worker] };
    case "progressed":
      return progress(phase, event.done, event.gauges);
    case "cancelRequested":
      return cancel(phase, at);
    case "workerStopped":
      if (phase.state !== "cancelling") return phase;
      return withWorkers(
        phase,
        phase.workers.filter((worker) => worker !== event.worker),
        at,
      );
    case "workersLost":
      if (phase.state !== "running" && phase.state !== "cancelling") return phase;
      return withWorkers(phase, phase.workers.filter(event.isAlive), at);
    case "succeeded":
      return succeed(phase, event.outcome, at);
    case "failed":
      if (phase.state !== "queued" && phase.state !== "running") return phase;
      return { state: "failed", ...over(phase, at), error: event.error };
    case "resubmitted":
      if (phase.state !== "failed" && phase.state !== "cancelled") return phase;
      return { state: "queued", progress: withoutGauges(phase.progress) };
  }
}

/**
 * The one place where a job's state changes. An event that does not fit the state changes nothing: the same record
 * (by identity) is returned, so that late and repeated events are harmless.
 */
export function transition(record: JobRecord, event: JobEvent, at: Instant): JobRecord {
  const phase = next(record.phase, event, at);
  if (phase === record.phase) return record;
  const generation = event.type === "resubmitted" ? record.generation + 1 : record.generation;
  return { ...record, generation, phase };
}
