/** Milliseconds between two stored progress reports of a job: four a second is smooth for a reader and costs nothing. */
export const PROGRESS_INTERVAL_MS = 250;

/**
 * Progress of the shards that one worker does of one job: what they report is kept here and flushed at most once in
 * an interval, the first time one interval after it began, so that short jobs write none.
 */
export class JobProgress {
  readonly #flush: () => Promise<void>;
  readonly #done = new Map<number, number>();
  #gauges: Readonly<Record<string, number>> = {};
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  /** `flush` must not reject. */
  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  /** Units done in shards that are under way. */
  get underway(): number {
    let sum = 0;
    for (const done of this.#done.values()) sum += done;
    return sum;
  }

  get gauges(): Readonly<Record<string, number>> {
    return this.#gauges;
  }

  report(index: number, done: number, gauges: Readonly<Record<string, number>> = {}): void {
    this.#done.set(index, done);
    this.#gauges = { ...this.#gauges, ...gauges };
    this.#schedule();
  }

  /** The shard is under way no more: committed, or given up. */
  leave(index: number): void {
    this.#done.delete(index);
    this.#schedule();
  }

  /** Nothing is flushed after it resolves. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#flushing;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#flushing = this.#flush().finally(() => {
        this.#timer = undefined;
      });
    }, PROGRESS_INTERVAL_MS);
  }
}
