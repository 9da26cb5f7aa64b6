/**
 * The one transition function of a run: run and event give the next run. What is to be done follows from the run alone
 * (`effects.ts`), so a lost effect is found again, and an event that comes twice or late changes nothing:
 *
 *     pending -> ready -> running -> succeeded | failed | cancelled        pending -> skipped
 *                  ^-- resume --------------------'
 *
 * A stage becomes ready when all that it needs succeeded, and is skipped when one of these is skipped or its gate says
 * stop. A run with a failed or cancelled stage starts nothing more, cancels what runs and ends when nothing does.
 */
import { type PlannedStage, planRun, REPORT_STAGE } from "./plan.ts";
import type { JobSnapshot, RunEnd, RunError, RunState, StageRecord, StageStatus } from "./run-state.ts";
import { stopAfterPairing } from "./verdict.ts";

export type RunEvent =
  /** The job of a stage, as it was at some moment. */
  | { readonly type: "job"; readonly stage: string; readonly job: JobSnapshot }
  /** The job cannot be started, and trying again would not help. */
  | { readonly type: "refused"; readonly stage: string; readonly error: RunError }
  /** A stage that was ready while the run stops turned out to have no job. */
  | { readonly type: "withdrawn"; readonly stage: string }
  | { readonly type: "cancel" }
  | { readonly type: "resume" };

export type NewRun = Pick<RunState, "name" | "seed" | "config" | "inputs" | "facts">;

/** A run before its first job. */
export function createRun(run: NewRun, at: number): RunState {
  const stages = planRun(run.config).map((stage) => ({ ...stage, status: { state: "pending" } as const }));
  return settle({ ...run, stages, phase: { phase: "running" }, createTime: at, sequence: 1 }, at);
}

/** The run after the event; the same object where it changes nothing. `at` is the time in milliseconds. */
export function transition(run: RunState, event: RunEvent, at: number): RunState {
  const next = apply(run, event);
  return next === run ? run : { ...settle(next, at), sequence: run.sequence + 1 };
}

function apply(run: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "job":
      return withStatus(run, event.stage, (status) => afterJob(status, event.job));
    case "refused":
      return withStatus(run, event.stage, (status) =>
        status.state === "ready" ? { state: "failed", ...kept(status.job), error: event.error } : status,
      );
    case "withdrawn":
      return run.phase.phase === "stopping"
        ? withStatus(run, event.stage, (status) => (status.state === "ready" ? withdrawn(status) : status))
        : run;
    case "cancel":
      return run.phase.phase === "running" ? stopping(run, { state: "cancelled" }) : run;
    case "resume":
      return resume(run);
  }
}

function withStatus(run: RunState, name: string, change: (status: StageStatus) => StageStatus): RunState {
  const at = run.stages.findIndex((stage) => stage.name === name);
  const stage = run.stages[at];
  if (stage === undefined) return run;
  const status = change(stage.status);
  return status === stage.status ? run : { ...run, stages: run.stages.with(at, { ...stage, status }) };
}

function kept(job: JobSnapshot | undefined): { job?: JobSnapshot } {
  return job === undefined ? {} : { job };
}

/** A stage whose job was to be put back has ended as that job did; another waits as before. */
function withdrawn(status: Extract<StageStatus, { state: "ready" }>): StageStatus {
  return status.job === undefined ? { state: "pending" } : { state: "cancelled", job: status.job };
}

function afterJob(status: StageStatus, job: JobSnapshot): StageStatus {
  if (status.state !== "ready" && status.state !== "running") return status;
  if (status.job !== undefined && job.sequence <= status.job.sequence) return status;
  switch (job.state) {
    case "queued":
    case "running":
      return { state: "running", job };
    case "succeeded":
      return { state: "succeeded", job };
    case "cancelled":
      return { state: "cancelled", job };
    case "failed":
      return { state: "failed", job, error: job.error ?? { code: 13, reason: "INTERNAL", message: "no reason given" } };
  }
}

function stopping(run: RunState, as: RunEnd): RunState {
  return { ...run, phase: { phase: "stopping", as } };
}

function resume(run: RunState): RunState {
  if (run.phase.phase !== "ended" || run.phase.as.state === "succeeded") return run;
  const stages = run.stages.map((stage): StageRecord => {
    const { status } = stage;
    return status.state === "failed" || status.state === "cancelled"
      ? { ...stage, status: { state: "ready", ...kept(status.job) } }
      : stage;
  });
  return { ...run, stages, phase: { phase: "running" } };
}

/** Follows from the stages until nothing more does. */
function settle(run: RunState, at: number): RunState {
  if (run.phase.phase === "running") {
    const broken = run.stages.find(({ status }) => status.state === "failed" || status.state === "cancelled");
    if (broken !== undefined) return settle(stopping(run, endOf(broken.status)), at);
    const advanced = advance(run);
    const ended = advanced.stages.every(({ status }) => status.state === "succeeded" || status.state === "skipped");
    return ended ? { ...advanced, phase: { phase: "ended", as: { state: "succeeded" }, at } } : advanced;
  }
  if (run.phase.phase === "stopping") {
    const busy = run.stages.some(({ status }) => status.state === "running" || status.state === "ready");
    if (!busy) return { ...run, phase: { phase: "ended", as: run.phase.as, at } };
  }
  return run;
}

function endOf(status: StageStatus): RunEnd {
  return status.state === "failed" ? { state: "failed", error: status.error } : { state: "cancelled" };
}

/** Readies and skips stages. One pass suffices: a stage stands behind all that it needs. */
function advance(run: RunState): RunState {
  const states = new Map<string, StageStatus["state"]>();
  const stages: StageRecord[] = [];
  for (const stage of run.stages) {
    const status = stage.status.state === "pending" ? decide(run, stage, states) : stage.status;
    states.set(stage.name, status.state);
    stages.push(status === stage.status ? stage : { ...stage, status });
  }
  return { ...run, stages };
}

function decide(run: RunState, stage: StageRecord, states: ReadonlyMap<string, StageStatus["state"]>): StageStatus {
  const needed = stage.needs.map((name) => states.get(name));
  if (stage.name === REPORT_STAGE) {
    const over = needed.every((state) => state === "succeeded" || state === "skipped");
    return over ? { state: "ready" } : stage.status;
  }
  if (needed.includes("skipped") || stopped(run, stage.gate)) return { state: "skipped" };
  return needed.every((state) => state === "succeeded") ? { state: "ready" } : stage.status;
}

function stopped(run: RunState, gate: string | undefined): boolean {
  if (gate === undefined) return false;
  const role: PlannedStage["role"] | undefined = run.stages.find((stage) => stage.name === gate)?.role;
  return role?.type === "pairing" && stopAfterPairing(run, role.round, role.shuffled) !== undefined;
}
