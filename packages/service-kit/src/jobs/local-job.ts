import type { MessageCodec } from "./job-kind.ts";
import { JobProgress } from "./job-progress.ts";
import type { WorkerId } from "./job-record.ts";
import type { JobStore, Plan } from "./job-store.ts";

/** What one worker knows of one generation of a job while it has steps of it. */
export class LocalJob {
  readonly name: string;
  readonly generation: number;
  readonly progress: JobProgress;
  readonly #store: JobStore;
  readonly #worker: WorkerId;
  readonly #steps = new Set<AbortController>();
  #spec: unknown;
  #plan: Plan | undefined;
  #joined: Promise<void> | undefined;
  /** Shards known to be committed. */
  #committed = new Set<number>();

  constructor(
    name: string,
    generation: number,
    store: JobStore,
    worker: WorkerId,
    flush: (job: LocalJob) => Promise<void>,
  ) {
    this.name = name;
    this.generation = generation;
    this.progress = new JobProgress(() => flush(this));
    this.#store = store;
    this.#worker = worker;
  }

  get idle(): boolean {
    return this.#steps.size === 0;
  }

  enter(): AbortController {
    const step = new AbortController();
    this.#steps.add(step);
    return step;
  }

  leave(step: AbortController): void {
    this.#steps.delete(step);
  }

  abort(reason: Error): void {
    for (const step of this.#steps) step.abort(reason);
  }

  /** Read and decoded once. */
  async spec<Spec>(type: MessageCodec<Spec>): Promise<Spec> {
    if (this.#spec === undefined) {
      const bytes = await this.#store.spec(this.name);
      if (!bytes) throw new Error(`${this.name} has no spec`);
      this.#spec = type.decode(bytes);
    }
    return this.#spec as Spec;
  }

  /** Read once; undefined while the job is not cut up. */
  async plan(): Promise<Plan | undefined> {
    this.#plan ??= await this.#store.plan(this.name);
    return this.#plan;
  }

  /**
   * Makes this worker one of the job's before its first shard, then reads what others committed. From then on
   * whatever it does not know was committed by a worker that the record names.
   */
  join(): Promise<void> {
    this.#joined ??= (async () => {
      await this.#store.advance(this.name, { type: "joined", worker: this.#worker });
      await this.#refresh();
    })();
    return this.#joined;
  }

  /** Notes a commit of this worker; true when all shards of the plan are committed, whoever did them. */
  async completes(index: number, plan: Plan): Promise<boolean> {
    this.#committed.add(index);
    await this.#seeOthers(plan);
    return this.#committed.size >= plan.length;
  }

  /** Units done: of committed shards and of those that this worker has under way. */
  async unitsDone(): Promise<number> {
    const plan = (await this.plan()) ?? [];
    await this.#seeOthers(plan);
    let done = this.progress.underway;
    for (const index of this.#committed) done += plan[index]?.size ?? 0;
    return done;
  }

  /** A worker that is alone knows all commits without reading them. */
  async #seeOthers(plan: Plan): Promise<void> {
    if (this.#committed.size >= plan.length) return;
    const phase = (await this.#store.load(this.name))?.record.phase;
    if (phase && "workers" in phase && phase.workers.some((worker) => worker !== this.#worker)) await this.#refresh();
  }

  async #refresh(): Promise<void> {
    for (const index of (await this.#store.committed(this.name)).keys()) this.#committed.add(index);
  }
}
