import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Bus, DeadLetter, WorkItem, WorkQueue } from "@srlm/messaging";
import type { Logger } from "pino";
import { cancelled, unavailable } from "../errors/errors.ts";
import { ServiceError } from "../errors/service-error.ts";
import { settledWithin } from "../settled-within.ts";
import type { AnyJobKind } from "./job-kind.ts";
import { decodeStep, type JobQueues, MAX_DELIVERIES, type Step } from "./job-queues.ts";
import { hasEnded, type JobRecord, type StoredJob, type WorkerId } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";
import type { JobEvent } from "./job-transition.ts";
import { LocalJob } from "./local-job.ts";
import { StepRunner, type StepRunnerOptions } from "./step-runner.ts";

/** Identifies this process among all that ever shared the bus. */
const PROCESS_ID = randomUUID();
let replicas = 0;

/** First pause before a step that failed for now is tried again; doubles each time. */
const RETRY_DELAY_MS = 100;
/** A step that was told to stop has this long before the process leaves without it. */
const STOP_MS = 5_000;

function isUnderway({ phase, generation }: JobRecord, wanted: number): boolean {
  return generation === wanted && (phase.state === "queued" || phase.state === "running");
}

export interface JobWorkerOptions extends Omit<StepRunnerOptions, "worker" | "announce"> {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly announce: (event: "started" | "progressed" | "ended", job: StoredJob) => Promise<void>;
}

/** Takes steps of jobs from the queues and does them, as many at a time as each kind allows. */
export class JobWorker {
  readonly id: WorkerId = `${PROCESS_ID}/${++replicas}`;
  readonly #options: JobWorkerOptions;
  readonly #store: JobStore;
  readonly #queues: JobQueues;
  readonly #runner: StepRunner;
  /** By name and generation. */
  readonly #local = new Map<string, LocalJob>();
  readonly #taking = new AbortController();
  readonly #watching = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #watches: Promise<void>[] = [];

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#queues = options.queues;
    this.#runner = new StepRunner({ ...options, worker: this.id });
    // One listener for each loop that waits: as many as kinds and their concurrency ask for, and no leak.
    setMaxListeners(0, this.#taking.signal, this.#watching.signal);
  }

  /** Repairs what an earlier process left, then takes steps of these kinds until it is drained. */
  async start(kinds: readonly AnyJobKind[]): Promise<void> {
    if (this.#options.bus.durability.work === "memory") await this.#reconcile(kinds);
    this.#watches.push(this.#guarded("watching jobs", () => this.#watchJobs()));
    for (const kind of kinds) {
      const queue = await this.#queues.of(kind.kind);
      this.#watches.push(this.#guarded("watching dead letters", () => this.#watchDeadLetters(queue)));
      for (let i = 0; i < (kind.concurrency ?? 1); i++) {
        this.#loops.push(this.#guarded("taking work", () => this.#consume(kind, queue)));
      }
    }
  }

  /** Takes no more steps; those under way may end within `finishMs`, then they are stopped and handed back. */
  async drain(finishMs: number): Promise<void> {
    this.#taking.abort();
    const ended = Promise.all(this.#loops);
    if (!(await settledWithin(ended, finishMs))) {
      const reason = cancelled("DRAINING", "the process stops; the step is handed back");
      for (const local of this.#local.values()) local.abort(reason);
      if (!(await settledWithin(ended, STOP_MS))) {
        this.#options.logger.warn("steps did not stop when told to; their leases will expire");
      }
    }
    this.#watching.abort();
    await Promise.all(this.#watches);
    for (const local of this.#local.values()) await this.#forget(local);
  }

  /**
   * Where work lives in memory, the queues of an earlier process are gone, and so are all workers of other
   * processes: what jobs still need is enqueued again, without the shards they had committed.
   */
  async #reconcile(kinds: readonly AnyJobKind[]): Promise<void> {
    const mine = new Set(kinds.map((kind) => kind.kind));
    const isAlive = (worker: WorkerId) => worker.startsWith(`${PROCESS_ID}/`);
    for (const { record } of await this.#store.all()) {
      if (hasEnded(record) || !mine.has(record.kind)) continue;
      const job = await this.#advance(record.name, { type: "workersLost", isAlive });
      if (job) await this.#queues.dispatch(job);
    }
  }

  async #consume(kind: AnyJobKind, queue: WorkQueue): Promise<void> {
    for await (const item of queue.consume({ signal: this.#taking.signal })) {
      await this.#guarded("a step", () => this.#take(kind, item));
    }
  }

  async #take(kind: AnyJobKind, item: WorkItem): Promise<void> {
    const step = decodeStep(item.data);
    if (step.step === "settle") return this.#settle(item, step);
    const logger = this.#options.logger.child({ job: step.job, step: step.step });
    const local = this.#enter(step);
    const controller = local.enter();
    const { signal } = controller;
    const lease = this.#holdLease(item, controller);
    try {
      // Entered first, read then: a cancellation is either seen here or aborts the signal.
      const job = await this.#store.load(step.job);
      if (job && isUnderway(job.record, step.generation)) {
        await this.#runner.run({ kind, step, local, delivery: item.deliveryCount, signal, logger });
      }
      await item.ack();
    } catch (thrown) {
      if (typeof step.step === "number") local.progress.leave(step.step);
      if (signal.aborted) await this.#stopped(kind, item, step, signal);
      else await this.#failed(item, step, thrown, logger);
    } finally {
      lease.release();
      await this.#leave(local, controller);
    }
  }

  #enter(step: Step): LocalJob {
    const key = `${step.job}:${step.generation}`;
    const known = this.#local.get(key);
    if (known) return known;
    const local = new LocalJob(step.job, step.generation, this.#store, this.id, (job) => this.#flushProgress(job));
    this.#local.set(key, local);
    return local;
  }

  async #leave(local: LocalJob, step: AbortController): Promise<void> {
    local.leave(step);
    if (!local.idle) return;
    const job = await this.#advance(local.name, { type: "workerStopped", worker: this.id });
    if (!job || !isUnderway(job.record, local.generation)) await this.#forget(local);
  }

  /** What is known of a running job is kept between its shards. */
  async #forget(local: LocalJob): Promise<void> {
    if (!local.idle) return;
    this.#local.delete(`${local.name}:${local.generation}`);
    await local.progress.stop();
  }

  /**
   * Extends at a third of the lease, until it is released. A lease that could not be extended for its whole length is
   * lost, and the step is stopped at that moment: from then on the item may be another's.
   */
  #holdLease(item: WorkItem, controller: AbortController): { readonly release: () => void } {
    const { leaseMs } = this.#queues;
    let cause: unknown;
    let released = false;
    const lost = () => controller.abort(cancelled("LEASE_LOST", "the lease could not be extended", { cause }));
    let end = setTimeout(lost, leaseMs);
    const extending = setInterval(() => {
      const asked = performance.now();
      item.extend().then(
        () => {
          if (released) return;
          clearTimeout(end);
          // The lease runs from when the bus heard of it, which was not before it was asked.
          end = setTimeout(lost, leaseMs - (performance.now() - asked));
        },
        (failure: unknown) => {
          cause = failure;
        },
      );
    }, leaseMs / 3);
    const release = () => {
      released = true;
      clearInterval(extending);
      clearTimeout(end);
    };
    return { release };
  }

  /** The step was told to stop; why decides what becomes of it. */
  async #stopped(kind: AnyJobKind, item: WorkItem, step: Step, signal: AbortSignal): Promise<void> {
    const { reason } = ServiceError.from(signal.reason);
    if (reason === "LEASE_LOST") return;
    if (reason !== "DRAINING") return item.ack();
    if (item.deliveryCount < MAX_DELIVERIES) return item.nak();
    // Being handed back is no failure: it must not use up the last delivery.
    await this.#queues.enqueue(kind.kind, step, `:${randomUUID()}`);
    await item.ack();
  }

  async #failed(item: WorkItem, step: Step, thrown: unknown, logger: Logger): Promise<void> {
    const error = ServiceError.from(thrown);
    if (error.retryable && item.deliveryCount < MAX_DELIVERIES) {
      logger.warn({ err: thrown, delivery: item.deliveryCount }, "step failed for now");
      return item.nak(RETRY_DELAY_MS * 2 ** (item.deliveryCount - 1));
    }
    logger.error({ err: thrown }, "step failed");
    await this.#fail(step, error);
    await item.ack();
  }

  async #fail(step: Step, { code, reason, message }: ServiceError): Promise<void> {
    const job = await this.#store.load(step.job);
    if (job?.record.generation !== step.generation) return;
    await this.#advance(step.job, { type: "failed", error: { code, reason, message } });
  }

  /** Ends a cancelled job whose workers died before they could say that they stopped. */
  async #settle(item: WorkItem, step: Step): Promise<void> {
    const phase = (await this.#store.load(step.job))?.record.phase;
    if (phase?.state === "cancelling") {
      const waitMs = phase.cancelTime + this.#queues.leaseMs - this.#store.now();
      if (waitMs > 0 && item.deliveryCount < MAX_DELIVERIES) return item.nak(Math.ceil(waitMs));
      await this.#advance(step.job, { type: "workersLost", isAlive: () => false });
    }
    await item.ack();
  }

  async #advance(name: string, event: JobEvent): Promise<StoredJob | undefined> {
    const advanced = await this.#store.advance(name, event);
    if (advanced?.changed && hasEnded(advanced.job.record)) await this.#options.announce("ended", advanced.job);
    return advanced?.job;
  }

  async #flushProgress(local: LocalJob): Promise<void> {
    await this.#guarded("reporting progress", async () => {
      const done = await local.unitsDone();
      const advanced = await this.#store.advance(local.name, {
        type: "progressed",
        done,
        gauges: local.progress.gauges,
      });
      if (advanced?.changed) await this.#options.announce("progressed", advanced.job);
    });
  }

  /** Stops the steps of jobs that are cancelled, ended, or begun anew. */
  async #watchJobs(): Promise<void> {
    for await (const { record } of this.#store.watchAll(this.#watching.signal)) {
      const { state } = record.phase;
      const known = [...this.#local.values()].filter((local) => local.name === record.name);
      for (const local of known) {
        if (isUnderway(record, local.generation)) continue;
        local.abort(cancelled("JOB_STOPPED", `${record.name} is ${state}`));
        await this.#forget(local);
      }
      if (state === "cancelling" && known.every((local) => local.idle)) {
        await this.#advance(record.name, { type: "workerStopped", worker: this.id });
      }
    }
  }

  /** A step that killed or lost each of its workers fails its job. */
  async #watchDeadLetters(queue: WorkQueue): Promise<void> {
    for await (const letter of queue.watchDeadLetters({ signal: this.#watching.signal })) {
      await this.#guarded("a dead letter", () => this.#bury(letter));
    }
  }

  async #bury(letter: DeadLetter): Promise<void> {
    const step = decodeStep(letter.data);
    const what = typeof step.step === "number" ? `shard ${step.step}` : step.step;
    const message = `${what} of ${step.job} was given to ${letter.deliveryCount} workers and none of them ended it`;
    await this.#fail(step, unavailable("DELIVERIES_EXHAUSTED", message));
  }

  async #guarded(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      if (!this.#watching.signal.aborted) this.#options.logger.error({ err }, `job worker: ${what} failed`);
    }
  }
}
