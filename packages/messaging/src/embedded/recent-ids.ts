/** Remembers ids for a fixed time, for de-duplication. Ids expire in the order they came, so pruning is O(expired). */
export class RecentIds {
  readonly #expiry = new Map<string, number>();
  readonly #windowMs: number;
  readonly #now: () => number;

  constructor(windowMs: number, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** True when the id is new within the window, which then begins. */
  add(id: string): boolean {
    const now = this.#now();
    for (const [old, expiry] of this.#expiry) {
      if (expiry > now) break;
      this.#expiry.delete(old);
    }
    if (this.#expiry.has(id)) return false;
    this.#expiry.set(id, now + this.#windowMs);
    return true;
  }

  get size(): number {
    return this.#expiry.size;
  }
}
