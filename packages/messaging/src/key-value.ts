import type { WaitOptions } from "./bus.ts";

/** Positive integer; grows with every write to the bucket, whatever the key. Compare for order within a bucket only. */
export type Revision = number;

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: Revision;
}

/** A write as a watcher sees it; `value` is undefined for a deletion. */
export interface KeyValueChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly revision: Revision;
}

/** A lost race is a result, not an exception: read again and decide. */
export type WriteResult = { readonly ok: true; readonly revision: Revision } | { readonly ok: false };

export interface DeleteOptions extends WaitOptions {
  /** Delete only if the key is at this revision. */
  readonly expectedRevision?: Revision;
}

export interface WatchOptions extends WaitOptions {
  /** Begin with this revision. Absent: begin with all entries that exist. */
  readonly fromRevision?: Revision;
}

/** Keys are dot-separated tokens; filters as everywhere on the bus (`jobs.*`, `jobs.>`; `>` is all). */
export interface Bucket {
  readonly name: string;

  get(key: string, options?: WaitOptions): Promise<KeyValueEntry | undefined>;

  /** Writes only if the key does not exist (never did, or was deleted). */
  create(key: string, value: Uint8Array, options?: WaitOptions): Promise<WriteResult>;

  /** Writes only if the key exists at exactly `expectedRevision`. */
  update(key: string, value: Uint8Array, expectedRevision: Revision, options?: WaitOptions): Promise<WriteResult>;

  /** Writes whatever is there. */
  put(key: string, value: Uint8Array, options?: WaitOptions): Promise<Revision>;

  /** True when it deleted; false when the key does not exist or is not at `expectedRevision`. */
  delete(key: string, options?: DeleteOptions): Promise<boolean>;

  /** Keys that exist, sorted by code unit. */
  keys(filter?: string, options?: WaitOptions): Promise<string[]>;

  /** Entries that exist, sorted by key: one pass where `keys` and `get` would be many calls. */
  entries(filter?: string, options?: WaitOptions): Promise<KeyValueEntry[]>;

  /**
   * Changes in the order of their revisions, without end: stops when the signal aborts or the bus closes.
   * A write that was overwritten before the watcher came to it may be left out; the newest of each key never is.
   * To follow on after `entries()`, begin with the greatest revision seen plus one.
   */
  watch(filter?: string, options?: WatchOptions): AsyncIterable<KeyValueChange>;
}

/** State that services share, with compare-and-set. A write resolves once it is as durable as the bus says. */
export interface KeyValue {
  /** Opens (and if need be creates) the bucket. */
  open(bucket: string, options?: WaitOptions): Promise<Bucket>;
}
