import { jobs as contract } from "@srlm/contracts";
import type { Jobs, ServiceContext } from "@srlm/service-kit";
import { jobOfRun } from "./job.ts";
import type { RunStore } from "./run-store.ts";
import { windDown } from "./wind-down.ts";

const ENDED: ReadonlySet<contract.JobState> = new Set([
  contract.JobState.SUCCEEDED,
  contract.JobState.FAILED,
  contract.JobState.CANCELLED,
]);

export function hasEnded({ state }: contract.Job): boolean {
  return ENDED.has(state);
}

/**
 * Sees to it that no run outlives its job: where the job has ended and the run has not, whoever drove it died while it
 * was being cancelled, and its stages are stopped here.
 */
export class RunGuard {
  readonly #store: RunStore;
  readonly #jobs: Jobs;
  readonly #logger: ServiceContext["logger"];
  readonly #closing = new AbortController();
  readonly #watched = new Map<string, Promise<void>>();

  constructor(store: RunStore, { jobs, logger }: Pick<ServiceContext, "jobs" | "logger">) {
    this.#store = store;
    this.#jobs = jobs;
    this.#logger = logger;
  }

  /** Until the run has ended; a run that is watched already is watched once. */
  watch(name: string): void {
    if (this.#watched.has(name)) return;
    const watching = this.#guard(name)
      .catch((err: unknown) => {
        if (!this.#closing.signal.aborted) this.#logger.error({ err, run: name }, "guarding a run failed");
      })
      .finally(() => this.#watched.delete(name));
    this.#watched.set(name, watching);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#watched.values());
  }

  async #guard(name: string): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await this.#jobs.waitForEnd(jobOfRun(name), signal);
      const run = await this.#store.load(name);
      if (run.phase.phase === "ended") return;
      // Put back to work since: its driver goes on.
      if (!hasEnded(await this.#jobs.get(jobOfRun(name)))) continue;
      this.#logger.info({ run: name }, "stopping a run whose job has ended");
      await this.#store.apply(name, { type: "cancel" });
      await windDown(name, this.#store, this.#jobs, signal);
      return;
    }
  }
}
