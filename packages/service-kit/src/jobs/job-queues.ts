import type { Bus, WorkQueue } from "@srlm/messaging";
import { hasEnded, type StoredJob } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";

/** Deliveries of a step before the job fails: survives a bad deployment's first minutes, ends a poisonous shard. */
export const MAX_DELIVERIES = 5;

/**
 * Lease of a step, extended while it works. Three missed extensions of ten seconds: longer than a full garbage
 * collection or a slow write, short enough that a dead worker's shard does not wait for a minute.
 */
export const LEASE_MS = 30_000;

/** What a worker is asked to do: cut the job up, do a shard, put it together, or see that a cancelled job ends. */
export type StepName = "plan" | "finish" | "settle" | number;

/** An item of a queue `srlm.v1.work.<kind>`. */
export interface Step {
  readonly job: string;
  readonly generation: number;
  readonly step: StepName;
}

export const encodeStep = (step: Step): Uint8Array => Buffer.from(JSON.stringify(step));
export const decodeStep = (bytes: Uint8Array): Step => JSON.parse(Buffer.from(bytes).toString("utf8")) as Step;

/** The work queues of all kinds, and what of a job must lie in them. */
export class JobQueues {
  readonly leaseMs: number;
  readonly #bus: Bus;
  readonly #store: JobStore;
  readonly #open = new Map<string, Promise<WorkQueue>>();

  constructor(bus: Bus, store: JobStore, leaseMs: number) {
    this.#bus = bus;
    this.#store = store;
    this.leaseMs = leaseMs;
  }

  of(kind: string): Promise<WorkQueue> {
    const known = this.#open.get(kind);
    if (known) return known;
    const options = { leaseMs: this.leaseMs, maxDeliveries: MAX_DELIVERIES };
    const opened = this.#bus.work.open(`srlm.v1.work.${kind}`, options);
    this.#open.set(kind, opened);
    opened.catch(() => this.#open.delete(kind));
    return opened;
  }

  /** `again` makes a new item of a step that was handed back. */
  async enqueue(kind: string, step: Step, again = ""): Promise<void> {
    const queue = await this.of(kind);
    await queue.enqueue(encodeStep(step), { id: `${step.job}:${step.generation}:${step.step}${again}` });
  }

  /**
   * Enqueues all that the job waits for. May be called at any time: items have ids, and whoever takes a step that is
   * done already drops it.
   */
  async dispatch({ record }: StoredJob): Promise<void> {
    if (hasEnded(record)) return;
    const step = (name: StepName): Step => ({ job: record.name, generation: record.generation, step: name });
    const { phase } = record;
    if (phase.state === "queued") return this.enqueue(record.kind, step("plan"));
    if (phase.state === "cancelling") return this.enqueue(record.kind, step("settle"));
    if (phase.state !== "running") return;
    const committed = await this.#store.committed(record.name);
    if (committed.size >= phase.shards) return this.enqueue(record.kind, step("finish"));
    const missing = Array.from({ length: phase.shards }, (_, i) => i).filter((i) => !committed.has(i));
    await Promise.all(missing.map((index) => this.enqueue(record.kind, step(index))));
  }
}
