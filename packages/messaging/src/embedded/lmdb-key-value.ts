import type { Database, RootDatabase } from "lmdb";
import type { WaitOptions } from "../bus.ts";
import { BusError } from "../bus-error.ts";
import type {
  Bucket,
  DeleteOptions,
  KeyValue,
  KeyValueChange,
  KeyValueEntry,
  Revision,
  WatchOptions,
  WriteResult,
} from "../key-value.ts";
import { assertKey, assertName, compileFilter, literalPrefix } from "../subject.ts";
import { ChangeFeed } from "./change-feed.ts";
import { assertSize, assertWhole } from "./message.ts";
import { takeForever } from "./parking.ts";
import { decodeEntry, encodeEntry, type StoredEntry } from "./stored-entry.ts";

/** LMDB fixes the number of databases when it opens; the product uses a handful of buckets. */
export const MAX_BUCKETS = 64;

/** Last revision of each bucket, kept beside the buckets so that it never runs backwards. */
export type RevisionTable = Database<number, string>;

/**
 * A bucket is one LMDB database of encoded entries. Each write is a transaction that reads the key, decides, and
 * takes the bucket's next revision; LMDB commits those of one turn together and resolves them in their order.
 */
class LmdbBucket implements Bucket {
  readonly name: string;
  readonly #entries: Database<Buffer, string>;
  readonly #revisions: RevisionTable;
  readonly #assertOpen: () => void;
  readonly #feeds = new Set<ChangeFeed>();

  constructor(name: string, entries: Database<Buffer, string>, revisions: RevisionTable, assertOpen: () => void) {
    this.name = name;
    this.#entries = entries;
    this.#revisions = revisions;
    this.#assertOpen = assertOpen;
  }

  async get(key: string, options?: WaitOptions): Promise<KeyValueEntry | undefined> {
    this.#begin(key, options);
    const entry = this.#read(key);
    return entry?.value && { key, value: entry.value, revision: entry.revision };
  }

  async create(key: string, value: Uint8Array, options?: WaitOptions): Promise<WriteResult> {
    return this.#write(key, new Uint8Array(value), (now) => now?.value === undefined, options);
  }

  async update(key: string, value: Uint8Array, expected: Revision, options?: WaitOptions): Promise<WriteResult> {
    assertWhole(expected, "expectedRevision", 1, Number.MAX_SAFE_INTEGER);
    const unchanged = (now: StoredEntry | undefined) => now?.value !== undefined && now.revision === expected;
    return this.#write(key, new Uint8Array(value), unchanged, options);
  }

  async put(key: string, value: Uint8Array, options?: WaitOptions): Promise<Revision> {
    const written = await this.#write(key, new Uint8Array(value), () => true, options);
    if (!written.ok) throw new Error(`bucket ${this.name}: an unconditional write of ${key} was refused`);
    return written.revision;
  }

  async delete(key: string, options?: DeleteOptions): Promise<boolean> {
    const expected = options?.expectedRevision;
    const deletable = (now: StoredEntry | undefined) =>
      now?.value !== undefined && (expected === undefined || now.revision === expected);
    return (await this.#write(key, undefined, deletable, options)).ok;
  }

  async keys(filter = ">", options?: WaitOptions): Promise<string[]> {
    return (await this.entries(filter, options)).map((entry) => entry.key);
  }

  async entries(filter = ">", options?: WaitOptions): Promise<KeyValueEntry[]> {
    const matches = compileFilter(filter);
    this.#begin(undefined, options);
    const found: KeyValueEntry[] = [];
    for (const { key, value, revision } of this.#scan(filter, matches)) if (value) found.push({ key, value, revision });
    return found;
  }

  watch(filter = ">", options?: WatchOptions): AsyncIterable<KeyValueChange> {
    this.#assertOpen();
    const from = options?.fromRevision;
    if (from !== undefined) assertWhole(from, "options.fromRevision", 1, Number.MAX_SAFE_INTEGER);
    return this.#follow(filter, compileFilter(filter), from, options?.signal);
  }

  close(): void {
    for (const feed of this.#feeds) feed.parking.close();
  }

  async *#follow(
    filter: string,
    matches: (key: string) => boolean,
    from: Revision | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<KeyValueChange, void, undefined> {
    if (signal?.aborted) return;
    this.#assertOpen();
    const feed = new ChangeFeed(matches, from ?? 1);
    this.#feeds.add(feed);
    try {
      const stored = [...this.#scan(filter, matches)].sort((a, b) => a.revision - b.revision);
      for (const change of stored) if (from !== undefined || change.value) feed.push(change);
      yield* takeForever(() => feed.take(), feed.parking, signal);
    } finally {
      this.#feeds.delete(feed);
    }
  }

  #begin(key: string | undefined, options: WaitOptions | undefined): void {
    this.#assertOpen();
    options?.signal?.throwIfAborted();
    if (key !== undefined) assertKey(key);
  }

  #read(key: string): StoredEntry | undefined {
    const bytes = this.#entries.get(key);
    return bytes && decodeEntry(bytes);
  }

  *#scan(filter: string, matches: (key: string) => boolean): Generator<StoredEntry & { key: string }> {
    const prefix = literalPrefix(filter);
    for (const { key, value } of this.#entries.getRange({ start: prefix })) {
      if (!key.startsWith(prefix)) return;
      if (matches(key)) yield { key, ...decodeEntry(value) };
    }
  }

  async #write(
    key: string,
    value: Uint8Array | undefined,
    allowed: (now: StoredEntry | undefined) => boolean,
    options: WaitOptions | undefined,
  ): Promise<WriteResult> {
    this.#begin(key, options);
    if (value) assertSize(value);
    const revision = await this.#entries.transaction(() => {
      if (!allowed(this.#read(key))) return undefined;
      const next = (this.#revisions.get(this.name) ?? 0) + 1;
      this.#revisions.putSync(this.name, next);
      this.#entries.putSync(key, Buffer.from(encodeEntry({ revision: next, value })));
      return next;
    });
    if (revision === undefined) return { ok: false };
    for (const feed of this.#feeds) feed.push({ key, value, revision });
    return { ok: true, revision };
  }
}

/** Durable buckets in one LMDB environment. */
export class LmdbKeyValue implements KeyValue {
  readonly #root: RootDatabase;
  readonly #revisions: RevisionTable;
  readonly #assertOpen: () => void;
  readonly #buckets = new Map<string, LmdbBucket>();

  constructor(root: RootDatabase, assertOpen: () => void) {
    this.#root = root;
    // A bucket's name cannot hold "#".
    this.#revisions = root.openDB<number, string>({ name: "#revisions" });
    this.#assertOpen = assertOpen;
  }

  async open(name: string, options?: WaitOptions): Promise<Bucket> {
    this.#assertOpen();
    options?.signal?.throwIfAborted();
    assertName(name, "bucket");
    const known = this.#buckets.get(name);
    if (known) return known;
    if (this.#buckets.size >= MAX_BUCKETS) {
      throw new BusError(
        "TOO_MANY_BUCKETS",
        `bucket ${name}: a bus holds ${MAX_BUCKETS} buckets; use keys with a prefix`,
        {
          field: "bucket",
          value: name,
        },
      );
    }
    const entries = this.#root.openDB<Buffer, string>({ name, encoding: "binary" });
    const bucket = new LmdbBucket(name, entries, this.#revisions, this.#assertOpen);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
  }
}
