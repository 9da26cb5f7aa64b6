import { events } from "@srlm/contracts";
import type { Bus, EventDelivery } from "@srlm/messaging";
import { type Jobs, ServiceError, type ShardRun, Status } from "@srlm/service-kit";
import { type Effect, effectsOf } from "./run/effects.ts";
import type { RunState } from "./run/run-state.ts";
import { toSnapshot } from "./run-message.ts";
import type { RunStore } from "./run-store.ts";
import { startStage } from "./start-stage.ts";
import { windDown } from "./wind-down.ts";
import { writeReport } from "./write-report.ts";

/** Time between two passes that compare a run with its jobs: how late an event that was lost is made good. */
const RECONCILE_MS = 5_000;

const JOB_EVENTS = "srlm.v1.events.jobs.*";

/** Codes for which a start is tried again with the next pass: the service is not there, or not well, for now. */
const PASSING: ReadonlySet<Status> = new Set([
  Status.UNAVAILABLE,
  Status.DEADLINE_EXCEEDED,
  Status.ABORTED,
  Status.RESOURCE_EXHAUSTED,
]);

export interface DriverOptions {
  readonly store: RunStore;
  readonly bus: Bus;
  readonly jobs: Jobs;
  /** Default 5 s. */
  readonly reconcileMs?: number;
}

/** Sleeps until woken, a time has passed or the signal aborts; a wake-up while awake is not lost. */
class Wake {
  #pending = false;
  #wake: (() => void) | undefined;

  call(): void {
    this.#pending = true;
    this.#wake?.();
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal.addEventListener("abort", done);
        this.#wake = done;
      });
      this.#wake = undefined;
    }
    this.#pending = false;
  }
}

/** What driving needs of the shard that does it. */
export type DrivingShard = Pick<ShardRun, "signal" | "logger" | "peers" | "artifacts" | "report">;

/**
 * Drives one run until it ends: does what the run asks for, then waits for events of its jobs. Whatever it learns goes
 * into the stored run first, and what is to be done is read from there, so that it may be stopped, killed and begun
 * anew at any moment, or run twice at a time.
 */
export class RunDriver {
  readonly #name: string;
  readonly #options: DriverOptions;
  readonly #shard: DrivingShard;
  readonly #wake = new Wake();

  constructor(name: string, shard: DrivingShard, options: DriverOptions) {
    this.#name = name;
    this.#shard = shard;
    this.#options = options;
  }

  /** The run in its end state. Rejects with the signal's reason when it aborts; the run then stays as it is. */
  async drive(): Promise<RunState> {
    const { bus, reconcileMs = RECONCILE_MS } = this.#options;
    const { signal } = this.#shard;
    const subscriber = `run-${this.#name.slice("runs/".length)}`;
    const subscription = await bus.events.subscribe({ name: subscriber, filter: JOB_EVENTS, from: "new", signal });
    const listening = this.#listen(subscription);
    try {
      let reconciled = Number.NEGATIVE_INFINITY;
      for (;;) {
        signal.throwIfAborted();
        if (performance.now() - reconciled >= reconcileMs) {
          await this.#reconcile();
          reconciled = performance.now();
        }
        const run = await this.#advance();
        this.#shard.report(run.stages.filter(({ status }) => isOver(status.state)).length);
        if (run.phase.phase === "ended") return run;
        await this.#wake.sleep(reconcileMs, signal);
      }
    } finally {
      await subscription.close();
      await listening;
      await bus.events.unsubscribe(subscriber);
    }
  }

  async #listen(deliveries: AsyncIterable<EventDelivery>): Promise<void> {
    try {
      for await (const delivery of deliveries) {
        const { job } = events.JobEnded.decode(delivery.data);
        const stage = job?.labels["stage"];
        if (job !== undefined && stage !== undefined && job.labels["run"] === this.#name) {
          await this.#options.store.apply(this.#name, { type: "job", stage, job: toSnapshot(job) });
          this.#wake.call();
        }
        await delivery.ack();
      }
    } catch (err) {
      // The reconcile pass goes on without events.
      if (!this.#shard.signal.aborted) this.#shard.logger.warn({ err }, "listening to job events failed");
    }
  }

  /** Reads the jobs of all stages under way. */
  async #reconcile(): Promise<void> {
    const { store, jobs } = this.#options;
    const run = await store.load(this.#name);
    for (const { name, status } of run.stages) {
      if (status.state !== "running") continue;
      const job = await jobs.get(status.job.name);
      await store.apply(this.#name, { type: "job", stage: name, job: toSnapshot(job) });
    }
  }

  /** Does what the run asks for until it asks for nothing that was not just tried. */
  async #advance(): Promise<RunState> {
    const { store, jobs } = this.#options;
    const tried = new Set<string>();
    for (;;) {
      const run = await store.load(this.#name);
      if (run.phase.phase === "stopping") return windDown(this.#name, store, jobs, this.#shard.signal);
      const effect = effectsOf(run).find(({ type, stage }) => !tried.has(`${type} ${stage.name}`));
      if (effect === undefined) return run;
      tried.add(`${effect.type} ${effect.stage.name}`);
      await this.#perform(run, effect);
    }
  }

  async #perform(run: RunState, effect: Effect): Promise<void> {
    const { store, jobs } = this.#options;
    const { logger, peers, signal } = this.#shard;
    const { name: stage, role } = effect.stage;
    try {
      if (role.type === "report") {
        const job = await writeReport(run, this.#shard, () => store.now());
        await store.apply(run.name, { type: "job", stage, job });
      } else {
        const job =
          effect.type === "resubmit"
            ? await jobs.resubmit(effect.job.name)
            : await startStage(run, effect.stage, peers, signal);
        await store.apply(run.name, { type: "job", stage, job: toSnapshot(job) });
      }
    } catch (thrown) {
      signal.throwIfAborted();
      const error = ServiceError.from(thrown);
      if (effect.type === "resubmit" && error.reason === "JOB_SUCCEEDED") {
        const job = toSnapshot(await jobs.get(effect.job.name));
        await store.apply(run.name, { type: "job", stage, job });
      } else if (PASSING.has(error.code)) {
        logger.warn({ err: error, stage }, "the stage cannot be started for now; it is tried again");
      } else {
        logger.error({ err: thrown, stage }, "the stage cannot be started");
        const { code, reason, message } = error;
        await store.apply(run.name, { type: "refused", stage, error: { code, reason, message } });
      }
    }
  }
}

function isOver(state: string): boolean {
  return state === "succeeded" || state === "skipped";
}
