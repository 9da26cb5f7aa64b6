import type { ArtifactStore } from "@srlm/artifacts";
import type { Logger } from "pino";
import type { Peers } from "../client/peers.ts";
import { internal } from "../errors/errors.ts";
import type { ServiceMetrics } from "../metrics.ts";
import { requestScope } from "../request-scope.ts";
import type { AnyJobKind, JobOutcome, JobStep, ShardResult, ShardRun } from "./job-kind.ts";
import type { JobQueues, Step } from "./job-queues.ts";
import type { StoredJob, WorkerId } from "./job-record.ts";
import type { JobStore, Plan } from "./job-store.ts";
import type { LocalJob } from "./local-job.ts";

export interface StepRunnerOptions {
  readonly store: JobStore;
  readonly queues: JobQueues;
  readonly artifacts: ArtifactStore;
  readonly peers: Peers;
  readonly metrics: ServiceMetrics;
  readonly worker: WorkerId;
  /** Tells others that a job began or ended. */
  readonly announce: (event: "started" | "ended", job: StoredJob) => Promise<void>;
}

/** A step under way. */
export interface StepContext {
  readonly kind: AnyJobKind;
  readonly step: Step;
  readonly local: LocalJob;
  readonly delivery: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Does one step of a job; what it throws is the step's error. */
export class StepRunner {
  readonly #options: StepRunnerOptions;

  constructor(options: StepRunnerOptions) {
    this.#options = options;
  }

  async run(context: StepContext): Promise<void> {
    const { step } = context.step;
    const scope = { requestId: context.step.job, deadline: Infinity, logger: context.logger };
    await requestScope.run(scope, async () => {
      if (step === "plan") await this.#plan(context);
      else if (step === "finish") await this.#finish(context);
      else if (typeof step === "number") await this.#shard(context, step);
    });
  }

  async #plan(context: StepContext): Promise<void> {
    const { kind, local } = context;
    const { store, queues, worker, announce } = this.#options;
    let plan = await local.plan();
    if (!plan) {
      const made = await kind.plan(await local.spec(kind.specType), this.#jobStep(context));
      context.signal.throwIfAborted();
      plan = await store.keepPlan(local.name, made);
    }
    const total = plan.reduce((sum, shard) => sum + shard.size, 0);
    const advanced = await store.advance(local.name, { type: "planned", shards: plan.length, total, worker });
    if (!advanced) return;
    if (advanced.changed) await announce("started", advanced.job);
    await queues.dispatch(advanced.job);
  }

  async #shard(context: StepContext, index: number): Promise<void> {
    const { kind, local, step } = context;
    const { store, queues } = this.#options;
    await local.join();
    const plan = await local.plan();
    const shard = plan?.[index];
    if (!plan || !shard) throw internal(`${local.name} has no shard ${index}`);
    if (!(await store.isCommitted(local.name, index))) {
      const spec: unknown = await local.spec(kind.specType);
      const result = await this.#timed(context, () =>
        kind.runShard(spec, shard.payload, this.#shardRun(context, index)),
      );
      context.signal.throwIfAborted();
      await this.#commit(context, index, result);
    }
    local.progress.leave(index);
    if (await local.completes(index, plan)) await queues.enqueue(kind.kind, { ...step, step: "finish" });
  }

  async #commit({ kind, local, logger }: StepContext, index: number, result: ShardResult<unknown>): Promise<void> {
    const committed = await this.#options.store.commit(local.name, index, result);
    if (committed.won) return;
    if (!committed.differs) {
      logger.info("another worker committed the shard first, with the same result");
      return;
    }
    this.#options.metrics.shardMismatches.inc({ kind: kind.kind });
    logger.error(
      { engineFingerprint: result.engineFingerprint },
      "ALARM: another worker committed the shard first, with a different result under the same engine fingerprint",
    );
  }

  async #finish(context: StepContext): Promise<void> {
    const { kind, local } = context;
    const { store, announce } = this.#options;
    const plan: Plan = (await local.plan()) ?? [];
    const committed = await store.committed(local.name);
    const results: ShardResult<unknown>[] = [];
    for (let index = 0; index < plan.length; index++) {
      const shard = committed.get(index);
      if (!shard) throw internal(`shard ${index} of ${local.name} is not committed`);
      results.push(shard.result);
    }
    const outcome: JobOutcome = await kind.finish(await local.spec(kind.specType), results, this.#jobStep(context));
    context.signal.throwIfAborted();
    for (const [name, value] of Object.entries(outcome.metrics)) {
      if (!Number.isFinite(value)) throw internal(`metric ${name} of ${kind.kind} is ${value}`);
    }
    const engineFingerprint = outcome.engineFingerprint ?? this.#fingerprint(context, results);
    const complete = { outputs: outcome.outputs, metrics: outcome.metrics, engineFingerprint };
    const advanced = await store.advance(local.name, { type: "succeeded", outcome: complete });
    if (advanced?.changed) await announce("ended", advanced.job);
  }

  #fingerprint({ kind, logger }: StepContext, results: readonly ShardResult<unknown>[]): string {
    const seen = [...new Set(results.flatMap((result) => result.engineFingerprint ?? []))].sort();
    if (seen.length > 1) {
      this.#options.metrics.mixedFingerprints.inc({ kind: kind.kind });
      logger.warn(
        { engineFingerprints: seen },
        "shards were computed by different engines: results may differ by rounding",
      );
    }
    return seen.join(" + ");
  }

  async #timed<T>({ kind }: StepContext, work: () => Promise<T>): Promise<T> {
    const stop = this.#options.metrics.shardSeconds.startTimer({ kind: kind.kind });
    try {
      const result = await work();
      stop({ outcome: "done" });
      return result;
    } catch (error) {
      stop({ outcome: "failed" });
      throw error;
    }
  }

  #jobStep({ local, signal, logger }: StepContext): JobStep {
    const { artifacts, peers } = this.#options;
    return { job: local.name, signal, logger, artifacts, peers };
  }

  #shardRun(context: StepContext, index: number): ShardRun {
    const { local, signal, delivery } = context;
    const { store } = this.#options;
    return {
      ...this.#jobStep(context),
      index,
      delivery,
      report(done, gauges = {}) {
        if (signal.aborted) return;
        // A loss that is not a number has no place in JSON; the error that follows it says so.
        const finite = Object.entries(gauges).filter(([, value]) => Number.isFinite(value));
        local.progress.report(index, Number.isFinite(done) ? done : 0, Object.fromEntries(finite));
      },
      saveState: (name, ref) => store.saveState(local.name, index, name, ref),
      loadState: (name) => store.loadState(local.name, index, name),
    };
  }
}
