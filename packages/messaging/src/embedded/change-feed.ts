import type { KeyValueChange, Revision } from "../key-value.ts";
import { Parking } from "./parking.ts";

/**
 * What one watcher has not read yet: at most one change a key, in the order of revisions. A slow watcher therefore
 * holds no more than the bucket does.
 */
export class ChangeFeed {
  readonly parking = new Parking();
  readonly #pending = new Map<string, KeyValueChange>();
  readonly #matches: (key: string) => boolean;
  #from: Revision;

  constructor(matches: (key: string) => boolean, from: Revision) {
    this.#matches = matches;
    this.#from = from;
  }

  /** Leaves out what lies below the feed's beginning, and what it has been given already. */
  push(change: KeyValueChange): void {
    if (change.revision < this.#from || !this.#matches(change.key)) return;
    this.#from = change.revision + 1;
    this.#pending.delete(change.key);
    this.#pending.set(change.key, change);
    this.parking.wake();
  }

  take(): KeyValueChange | undefined {
    for (const [key, change] of this.#pending) {
      this.#pending.delete(key);
      return change;
    }
    return undefined;
  }
}
