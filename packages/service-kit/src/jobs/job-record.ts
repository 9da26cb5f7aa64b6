import type { ArtifactRef } from "@srlm/artifacts";
import { jobs } from "@srlm/contracts";

/** Milliseconds since the epoch. */
export type Instant = number;

export interface Progress {
  readonly done: number;
  /** 0 where nobody knows. */
  readonly total: number;
  readonly gauges: Readonly<Record<string, number>>;
}

/** A worker: `<process>/<replica>`. */
export type WorkerId = string;

interface Underway {
  readonly startTime: Instant;
  readonly progress: Progress;
  readonly shards: number;
  /** Those that took steps of the job and may still work on it. */
  readonly workers: readonly WorkerId[];
}

interface Over {
  /** Absent where the job never began. */
  readonly startTime: Instant | undefined;
  readonly endTime: Instant;
  readonly progress: Progress;
}

export type JobPhase =
  /** Waits to be cut up. */
  | { readonly state: "queued"; readonly progress: Progress }
  /** Its shards are being done. */
  | ({ readonly state: "running" } & Underway)
  /** Asked to stop; some workers have not stopped yet. */
  | ({ readonly state: "cancelling"; readonly cancelTime: Instant } & Underway)
  | ({
      readonly state: "succeeded";
      readonly outputs: Readonly<Record<string, ArtifactRef>>;
      readonly metrics: Readonly<Record<string, number>>;
      readonly engineFingerprint: string;
    } & Over)
  | ({ readonly state: "failed"; readonly error: jobs.JobError } & Over)
  | ({ readonly state: "cancelled" } & Over);

/** A job as the bucket `jobs` keeps it, under its name, as JSON. */
export interface JobRecord {
  readonly name: string;
  readonly kind: string;
  readonly requestId: string;
  /** Of the spec as canonical JSON. */
  readonly specSha256: string;
  readonly unit: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createTime: Instant;
  /** 1 at first, one more each time an ended job is put back; work of an earlier generation is dropped. */
  readonly generation: number;
  readonly phase: JobPhase;
}

/** A record with the revision it was read or written at, which is the job's `sequence`. */
export interface StoredJob {
  readonly record: JobRecord;
  readonly sequence: number;
}

const STATES = {
  queued: jobs.JobState.QUEUED,
  running: jobs.JobState.RUNNING,
  cancelling: jobs.JobState.RUNNING,
  succeeded: jobs.JobState.SUCCEEDED,
  failed: jobs.JobState.FAILED,
  cancelled: jobs.JobState.CANCELLED,
} as const satisfies Record<JobPhase["state"], jobs.JobState>;

export function hasEnded(record: JobRecord): boolean {
  const { state } = record.phase;
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

export function encodeRecord(record: JobRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

export function decodeRecord(bytes: Uint8Array): JobRecord {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as JobRecord;
}

const date = (instant: Instant | undefined) => (instant === undefined ? undefined : new Date(instant));

/** The job as the contract shows it. */
export function toJob({ record, sequence }: StoredJob): jobs.Job {
  const { phase } = record;
  const succeeded = phase.state === "succeeded" ? phase : undefined;
  return {
    name: record.name,
    kind: record.kind,
    state: STATES[phase.state],
    progress: { ...phase.progress, gauges: { ...phase.progress.gauges }, unit: record.unit },
    createTime: new Date(record.createTime),
    startTime: phase.state === "queued" ? undefined : date(phase.startTime),
    endTime: "endTime" in phase ? date(phase.endTime) : undefined,
    error: phase.state === "failed" ? phase.error : undefined,
    labels: { ...record.labels },
    engineFingerprint: succeeded?.engineFingerprint ?? "",
    outputs: { ...succeeded?.outputs },
    metrics: { ...succeeded?.metrics },
    sequence,
    requestId: record.requestId,
  };
}
