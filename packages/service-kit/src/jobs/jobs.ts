import type { jobs } from "@srlm/contracts";
import type { JobKind } from "./job-kind.ts";

export interface Submission<Spec> {
  /** Chosen by the client: names the job. INVALID_ARGUMENT when empty or longer than 256 characters. */
  readonly requestId: string;
  readonly spec: Spec;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface JobFilter {
  /** Empty means all. */
  readonly kinds?: readonly string[];
  /** Labels that a job must carry. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * All jobs of the deployment, whichever service runs them. State is shared through the bus, so that every method
 * answers for every job wherever it is asked.
 */
export interface Jobs {
  /**
   * Takes a job and returns at once. The name of the job is a function of kind and request id: the same submission
   * again returns the same job. ALREADY_EXISTS (REQUEST_ID_REUSED) for the same request id with another spec.
   */
  submit<Spec, Shard, Result>(kind: JobKind<Spec, Shard, Result>, submission: Submission<Spec>): Promise<jobs.Job>;

  /** NOT_FOUND (JOB_NOT_FOUND). */
  get(name: string): Promise<jobs.Job>;

  /** Newest first; all that match. */
  list(filter?: JobFilter): Promise<jobs.Job[]>;

  /**
   * Asks the job to stop and returns it as it is now; it ends `cancelled` when its shards have stopped, and what they
   * had committed is kept. Without effect on an ended job.
   */
  cancel(name: string): Promise<jobs.Job>;

  /**
   * Puts a failed or cancelled job back to queued; committed shards and saved states are kept and not done again.
   * Without effect on a job that has not ended. FAILED_PRECONDITION (JOB_SUCCEEDED) for one that has nothing to do.
   */
  resubmit(name: string): Promise<jobs.Job>;

  /**
   * The job as it is now and at each change, in order of `sequence`, and ends after an end state; changes up to
   * `afterSequence` are left out, intermediate progress may be merged. Ends without error when the signal aborts.
   */
  watch(name: string, options?: WatchJobOptions): AsyncIterable<jobs.Job>;

  /** The job in its end state. Rejects with the signal's reason when it aborts. */
  waitForEnd(name: string, signal?: AbortSignal): Promise<jobs.Job>;
}

export interface WatchJobOptions {
  readonly afterSequence?: number;
  readonly signal?: AbortSignal;
}
