import { canonicalJson, sha256Hex } from "@srlm/artifacts";
import type { jobs } from "@srlm/contracts";
import { alreadyExists, failedPrecondition, invalidArgument, notFound, required } from "../errors/errors.ts";
import type { JobKind } from "./job-kind.ts";
import type { JobQueues } from "./job-queues.ts";
import { hasEnded, type JobRecord, type StoredJob, toJob } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";
import type { JobFilter, Jobs, Submission, WatchJobOptions } from "./jobs.ts";

/** A digest or a UUID with a prefix fits; a document does not. */
const MAX_REQUEST_ID_LENGTH = 256;
/** 128 bits: no two requests meet. */
const NAME_DIGITS = 32;

export function jobName(kind: string, requestId: string): string {
  return `jobs/${kind}-${sha256Hex(`${kind}\n${requestId}`).slice(0, NAME_DIGITS)}`;
}

/** No other name can be that of a job; the bus takes no other key. */
const JOB_NAME = /^jobs\/[a-z0-9-]{1,200}$/;

/** Called after a change of state that others are told of. */
export type OnChange = (event: "ended", job: StoredJob) => Promise<void>;

/** Jobs as everybody sees them: what they are is read from the shared store, what they shall do is written there. */
export class JobDirectory implements Jobs {
  readonly #store: JobStore;
  readonly #queues: JobQueues;
  readonly #onChange: OnChange;

  constructor(store: JobStore, queues: JobQueues, onChange: OnChange) {
    this.#store = store;
    this.#queues = queues;
    this.#onChange = onChange;
  }

  async submit<Spec, Shard, Result>(
    kind: JobKind<Spec, Shard, Result>,
    { requestId, spec, labels = {} }: Submission<Spec>,
  ): Promise<jobs.Job> {
    required(requestId, "request_id");
    if (requestId.length > MAX_REQUEST_ID_LENGTH) {
      const message = `must have at most ${MAX_REQUEST_ID_LENGTH} characters, got ${requestId.length}`;
      throw invalidArgument("request_id", message);
    }
    const record: JobRecord = {
      name: jobName(kind.kind, requestId),
      kind: kind.kind,
      requestId,
      specSha256: sha256Hex(canonicalJson(spec)),
      unit: kind.unit,
      labels: { ...labels },
      createTime: this.#store.now(),
      generation: 1,
      phase: { state: "queued", progress: { done: 0, total: 0, gauges: {} } },
    };
    const known = await this.#store.load(record.name);
    const created = known ? undefined : await this.#store.create(record, kind.specType.encode(spec).finish());
    const job = created ?? known ?? (await this.#load(record.name));
    if (job.record.specSha256 !== record.specSha256) {
      throw alreadyExists(
        "REQUEST_ID_REUSED",
        `request_id ${JSON.stringify(requestId)} was used for ${record.name} with another spec: choose another request_id`,
        { metadata: { job: record.name } },
      );
    }
    // Also for a known one: whoever took it first may have died before it was in the queue.
    if (job.record.phase.state === "queued") await this.#queues.dispatch(job);
    return toJob(job);
  }

  async get(name: string): Promise<jobs.Job> {
    return toJob(await this.#load(name));
  }

  async list({ kinds = [], labels = {} }: JobFilter = {}): Promise<jobs.Job[]> {
    const wanted = Object.entries(labels);
    const found = (await this.#store.all()).filter(
      ({ record }) =>
        (kinds.length === 0 || kinds.includes(record.kind)) &&
        wanted.every(([key, value]) => Object.hasOwn(record.labels, key) && record.labels[key] === value),
    );
    return found
      .sort((a, b) => b.record.createTime - a.record.createTime || (a.record.name < b.record.name ? -1 : 1))
      .map(toJob);
  }

  async cancel(name: string): Promise<jobs.Job> {
    await this.#load(name);
    const { job, changed } = (await this.#store.advance(name, { type: "cancelRequested" })) ?? notThere(name);
    if (changed && hasEnded(job.record)) await this.#onChange("ended", job);
    if (changed) await this.#queues.dispatch(job);
    return toJob(job);
  }

  async resubmit(name: string): Promise<jobs.Job> {
    await this.#load(name);
    const { job, changed } = (await this.#store.advance(name, { type: "resubmitted" })) ?? notThere(name);
    if (!changed && job.record.phase.state === "succeeded") {
      throw failedPrecondition("JOB_SUCCEEDED", `${name} has succeeded: there is nothing left to do`);
    }
    await this.#queues.dispatch(job);
    return toJob(job);
  }

  async *watch(name: string, { afterSequence = 0, signal }: WatchJobOptions = {}): AsyncGenerator<jobs.Job, void> {
    await this.#load(name);
    for await (const job of this.#store.watch(name, afterSequence, signal)) yield toJob(job);
  }

  async waitForEnd(name: string, signal?: AbortSignal): Promise<jobs.Job> {
    await this.#load(name);
    for await (const job of this.#store.watch(name, 0, signal)) if (hasEnded(job.record)) return toJob(job);
    signal?.throwIfAborted();
    throw failedPrecondition("BUS_CLOSED", `the bus was closed before ${name} ended`);
  }

  async #load(name: string): Promise<StoredJob> {
    if (!JOB_NAME.test(required(name, "name"))) notThere(name);
    return (await this.#store.load(name)) ?? notThere(name);
  }
}

function notThere(name: string): never {
  throw notFound("JOB_NOT_FOUND", `there is no job ${JSON.stringify(name)}`);
}
