import { type ArtifactRef, canonicalJson, sha256Hex } from "@srlm/artifacts";
import type { Bucket, Bus } from "@srlm/messaging";
import { resourceExhausted } from "../errors/errors.ts";
import type { PlannedShard, ShardResult } from "./job-kind.ts";
import { decodeRecord, encodeRecord, hasEnded, type JobRecord, type StoredJob } from "./job-record.ts";
import { type JobEvent, transition } from "./job-transition.ts";

const toBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));

/** With the digest: of two submissions that race with different specs, the job that wins finds its own. */
const specKey = (record: JobRecord): string => `${record.name}.${record.specSha256}`;

export type Plan = readonly PlannedShard<unknown>[];

export interface CommittedShard {
  readonly result: ShardResult<unknown>;
  /** Of the result's value as canonical JSON. */
  readonly sha256: string;
}

export type CommitResult =
  | { readonly won: true }
  /** Somebody was first; `differs` when the values do although one engine fingerprint computed both. */
  | { readonly won: false; readonly differs: boolean };

export interface Advanced {
  readonly job: StoredJob;
  /** False: the event did not fit the state, nothing was written. */
  readonly changed: boolean;
}

/** Shared state of jobs: five buckets of the bus, every change by compare-and-set. */
export class JobStore {
  readonly #jobs: Bucket;
  readonly #specs: Bucket;
  readonly #plans: Bucket;
  readonly #shards: Bucket;
  readonly #states: Bucket;
  readonly #maxBytes: number;
  readonly #now: () => number;

  private constructor(buckets: readonly Bucket[], maxBytes: number, now: () => number) {
    [this.#jobs, this.#specs, this.#plans, this.#shards, this.#states] = buckets as [
      Bucket,
      Bucket,
      Bucket,
      Bucket,
      Bucket,
    ];
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  static async open(bus: Bus, now: () => number): Promise<JobStore> {
    const names = ["jobs", "job_specs", "job_plans", "shards", "shard_states"];
    return new JobStore(await Promise.all(names.map((name) => bus.kv.open(name))), bus.limits.maxMessageBytes, now);
  }

  now(): number {
    return this.#now();
  }

  async load(name: string): Promise<StoredJob | undefined> {
    const entry = await this.#jobs.get(name);
    return entry && { record: decodeRecord(entry.value), sequence: entry.revision };
  }

  async all(): Promise<StoredJob[]> {
    const entries = await this.#jobs.entries();
    return entries.map((entry) => ({ record: decodeRecord(entry.value), sequence: entry.revision }));
  }

  /** Undefined when a job of that name exists. The spec is stored first: no job is ever seen without. */
  async create(record: JobRecord, spec: Uint8Array): Promise<StoredJob | undefined> {
    this.#assertFits(spec.byteLength, "SPEC_TOO_LARGE", `the spec of ${record.name}`);
    await this.#specs.create(specKey(record), spec);
    const written = await this.#jobs.create(record.name, encodeRecord(record));
    return written.ok ? { record, sequence: written.revision } : undefined;
  }

  async spec(name: string): Promise<Uint8Array | undefined> {
    const job = await this.load(name);
    return job && (await this.#specs.get(specKey(job.record)))?.value;
  }

  /** Applies the event to the job as it is, again when another writer was faster. Undefined: no such job. */
  async advance(name: string, event: JobEvent): Promise<Advanced | undefined> {
    for (;;) {
      const job = await this.load(name);
      if (!job) return undefined;
      const record = transition(job.record, event, this.#now());
      if (record === job.record) return { job, changed: false };
      const bytes = encodeRecord(record);
      this.#assertFits(bytes.byteLength, "JOB_TOO_LARGE", `the outcome of ${name}`);
      const written = await this.#jobs.update(name, bytes, job.sequence);
      if (written.ok) return { job: { record, sequence: written.revision }, changed: true };
    }
  }

  async plan(name: string): Promise<Plan | undefined> {
    const entry = await this.#plans.get(name);
    return entry && (fromBytes(entry.value) as Plan);
  }

  /** The first plan wins; returns the one that did. */
  async keepPlan(name: string, plan: Plan): Promise<Plan> {
    const bytes = toBytes(plan);
    this.#assertFits(bytes.byteLength, "PLAN_TOO_LARGE", `the plan of ${name} (${plan.length} shards)`);
    if ((await this.#plans.create(name, bytes)).ok) return fromBytes(bytes) as Plan;
    return (await this.plan(name)) ?? plan;
  }

  /** Results by position in the plan. */
  async committed(name: string): Promise<Map<number, CommittedShard>> {
    const entries = await this.#shards.entries(`${name}.*`);
    return new Map(
      entries.map(({ key, value }) => [Number(key.slice(name.length + 1)), fromBytes(value) as CommittedShard]),
    );
  }

  async isCommitted(name: string, index: number): Promise<boolean> {
    return (await this.#shards.get(`${name}.${index}`)) !== undefined;
  }

  async commit(name: string, index: number, result: ShardResult<unknown>): Promise<CommitResult> {
    const mine: CommittedShard = { result, sha256: sha256Hex(canonicalJson(result.value)) };
    const bytes = toBytes(mine);
    this.#assertFits(bytes.byteLength, "SHARD_RESULT_TOO_LARGE", `the result of shard ${index} of ${name}`);
    const key = `${name}.${index}`;
    if ((await this.#shards.create(key, bytes)).ok) return { won: true };
    const entry = await this.#shards.get(key);
    const first = entry && (fromBytes(entry.value) as CommittedShard);
    const comparable = first?.result.engineFingerprint === result.engineFingerprint;
    return { won: false, differs: comparable && first?.sha256 !== mine.sha256 };
  }

  async saveState(name: string, index: number, state: string, ref: ArtifactRef): Promise<void> {
    await this.#states.put(`${name}.${index}.${state}`, toBytes(ref));
  }

  async loadState(name: string, index: number, state: string): Promise<ArtifactRef | undefined> {
    const entry = await this.#states.get(`${name}.${index}.${state}`);
    return entry && (fromBytes(entry.value) as ArtifactRef);
  }

  /** Every change of every job, from now on and beginning with what is there. */
  async *watchAll(signal: AbortSignal): AsyncGenerator<StoredJob, void, undefined> {
    for await (const { value, revision } of this.#jobs.watch(">", { signal })) {
      if (value) yield { record: decodeRecord(value), sequence: revision };
    }
  }

  /** The job now, unless `after` has seen it, and each change, up to and with its end. */
  async *watch(name: string, after: number, signal: AbortSignal | undefined): AsyncGenerator<StoredJob> {
    const current = await this.load(name);
    if (!current) return;
    if (current.sequence > after) yield current;
    if (hasEnded(current.record)) return;
    const fromRevision = Math.max(current.sequence, after) + 1;
    for await (const { value, revision } of this.#jobs.watch(name, { fromRevision, signal })) {
      if (!value) return;
      const job = { record: decodeRecord(value), sequence: revision };
      yield job;
      if (hasEnded(job.record)) return;
    }
  }

  #assertFits(bytes: number, reason: string, what: string): void {
    if (bytes > this.#maxBytes) {
      throw resourceExhausted(
        reason,
        `${what} has ${bytes} bytes, the bus takes ${this.#maxBytes}: keep data in artifacts and pass references`,
      );
    }
  }
}
