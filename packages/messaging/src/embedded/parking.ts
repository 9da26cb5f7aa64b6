/**
 * Where iterators wait until there is something to take.
 *
 * Whoever makes something takeable calls `wake()`; everyone parked looks again. Waking all instead of one costs a
 * little with many takers and cannot lose an item when the one that was woken has just been aborted.
 */
export class Parking {
  readonly #parked = new Set<() => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  wake(): void {
    const woken = [...this.#parked];
    this.#parked.clear();
    for (const resume of woken) resume();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  /** Resolves at the next `wake()`, at `close()`, or when the signal aborts. */
  park(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        this.#parked.delete(resume);
        signal?.removeEventListener("abort", resume);
        resolve();
      };
      this.#parked.add(resume);
      signal?.addEventListener("abort", resume);
    });
  }
}

/** Yields what `take` gives, parks while it gives undefined; ends when the signal aborts or the parking closes. */
export async function* takeForever<T>(
  take: () => T | undefined,
  parking: Parking,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  while (!parking.closed && !signal?.aborted) {
    const item = take();
    if (item === undefined) await parking.park(signal);
    else yield item;
  }
}
