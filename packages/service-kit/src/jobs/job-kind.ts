import type { ArtifactRef, ArtifactStore } from "@srlm/artifacts";
import type { Logger } from "pino";
import type { Peers } from "../client/peers.ts";

/** A generated message type: `judging.JudgingSpec`. */
export interface MessageCodec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

/** A part of a job that one worker does at once. */
export interface PlannedShard<Shard> {
  /** JSON value, small: an index range, references to artifacts; never the data itself. */
  readonly payload: Shard;
  /** Work in it, in the kind's `unit`, for the progress bar; 0 where nobody knows. */
  readonly size: number;
}

export interface ShardResult<Result> {
  /** JSON value, small: counts, sums, references to the artifacts that the shard wrote. */
  readonly value: Result;
  /** Of the engine that computed it; absent where none took part. */
  readonly engineFingerprint?: string;
}

export interface JobOutcome {
  /** Artifacts by name, as the contract of the Start call promises. */
  readonly outputs: Readonly<Record<string, ArtifactRef>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent: those that the shards named. */
  readonly engineFingerprint?: string;
}

/** What every step of a job may use. */
export interface JobStep {
  /** `jobs/<kind>-<digest>`; the producer that manifests name. */
  readonly job: string;
  /** Aborts when the job is cancelled or has ended, the lease was lost, or the process drains. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly artifacts: ArtifactStore;
  readonly peers: Peers;
}

export interface ShardRun extends JobStep {
  /** Position in the plan. */
  readonly index: number;
  /** 1 at first; more after a worker died or failed for now. */
  readonly delivery: number;
  /**
   * Says how far the shard is (in `unit`, 0..size, of this shard alone) and, for people, its latest figures. Cheap:
   * what is stored and published is throttled.
   */
  report(done: number, gauges?: Readonly<Record<string, number>>): void;
  /**
   * Keeps a reference under a name of this shard, in place of an earlier one, so that whoever takes the shard after a
   * crash, a cancellation or a failure goes on from there.
   */
  saveState(name: string, ref: ArtifactRef): Promise<void>;
  loadState(name: string): Promise<ArtifactRef | undefined>;
}

/**
 * A kind of job: how it is cut up, done and put together.
 *
 * Any replica may run any step, and a step may run more than once (after a crash, or twice at a time when a lease was
 * lost); the first commit of a step wins. So a step has no effect but what it returns and the artifacts that it
 * writes, and depends on nothing but its arguments and the artifacts that they name.
 *
 * A thrown error fails the job with its code, reason and message, unless it is retryable (UNAVAILABLE, ABORTED,
 * DEADLINE_EXCEEDED): then the step is delivered again, five times in all.
 */
export interface JobKind<Spec, Shard = unknown, Result = unknown> {
  /** `sampling`; lower case, `-` between words. */
  readonly kind: string;
  readonly specType: MessageCodec<Spec>;
  /** What progress counts: `prompts`, `steps`. */
  readonly unit: string;
  /** Shards at once in one process; default 1. */
  readonly concurrency?: number;
  /** Cuts the job up, in the order in which `finish` sees the results. At least one shard. */
  plan(spec: Spec, step: JobStep): Promise<readonly PlannedShard<Shard>[]>;
  runShard(spec: Spec, shard: Shard, run: ShardRun): Promise<ShardResult<Result>>;
  /** Puts the results together: in the order of the plan, all of them. */
  finish(spec: Spec, results: readonly ShardResult<Result>[], step: JobStep): Promise<JobOutcome>;
}

/** A kind whose types nobody needs to know any more. */
// oxlint-disable-next-line typescript/no-explicit-any -- kinds of all types stand in one list
export type AnyJobKind = JobKind<any, any, any>;
