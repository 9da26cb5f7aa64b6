/** A run as it is stored: plain JSON, and all that is needed to go on after a crash. */
import type { artifacts } from "@srlm/contracts";
import type { Config } from "../config/schema.ts";
import type { PlannedStage } from "./plan.ts";

export type ArtifactRef = artifacts.ArtifactRef;
export type Refs = Readonly<Record<string, ArtifactRef>>;
export type Metrics = Readonly<Record<string, number>>;

export interface RunError {
  /** google.rpc.Code. */
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly gauges: Metrics;
}

/** A job as a run sees it; times in milliseconds since the epoch. */
export interface JobSnapshot {
  readonly name: string;
  readonly sequence: number;
  readonly state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly progress?: Progress | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly error?: RunError | undefined;
  readonly engineFingerprint: string;
  readonly outputs: Refs;
  readonly metrics: Metrics;
}

export type StageStatus =
  /** Waits for the stages that it needs. */
  | { readonly state: "pending" }
  /** Its job shall be started; or, where it has one that ended without success, be put back. */
  | { readonly state: "ready"; readonly job?: JobSnapshot }
  | { readonly state: "running"; readonly job: JobSnapshot }
  | { readonly state: "succeeded"; readonly job: JobSnapshot }
  /** Without a job where none could be started. */
  | { readonly state: "failed"; readonly job?: JobSnapshot; readonly error: RunError }
  | { readonly state: "cancelled"; readonly job: JobSnapshot }
  | { readonly state: "skipped" };

export type StageRecord = PlannedStage & { readonly status: StageStatus };

export type RunPhase =
  | { readonly phase: "running" }
  /** Starts nothing and cancels what runs; ends once nothing does. */
  | { readonly phase: "stopping"; readonly as: RunEnd }
  | { readonly phase: "ended"; readonly as: RunEnd; readonly at: number };

export type RunEnd =
  | { readonly state: "succeeded" }
  | { readonly state: "cancelled" }
  | { readonly state: "failed"; readonly error: RunError };

/** What the service read from the inputs, once, at the start. */
export interface InputFacts {
  /** Positions of the given model; absent for a new one, whose configuration says them. */
  readonly contextLength?: number;
  readonly excludedSuffixes: readonly string[];
  /** Text of the user's rubric. */
  readonly rubricTemplate?: string;
}

export interface RunState {
  /** `runs/<id>`. */
  readonly name: string;
  /** Training seed. */
  readonly seed: number;
  readonly config: Config;
  readonly inputs: Refs;
  readonly facts: InputFacts;
  readonly stages: readonly StageRecord[];
  readonly phase: RunPhase;
  readonly createTime: number;
  /** One more with each change. */
  readonly sequence: number;
}

export function stageOf(run: Pick<RunState, "stages">, name: string): StageRecord {
  const found = run.stages.find((stage) => stage.name === name);
  if (found === undefined) throw new Error(`no stage ${JSON.stringify(name)} in the plan of the run`);
  return found;
}

/** The job of a stage that succeeded; undefined before, and for a stage that the plan does not have. */
export function succeededJob(run: Pick<RunState, "stages">, name: string): JobSnapshot | undefined {
  const status = run.stages.find((stage) => stage.name === name)?.status;
  return status?.state === "succeeded" ? status.job : undefined;
}
