/** A dataset in parts: how a job cuts its input into shards, and joins what they wrote. */
import type { ArtifactRef } from "../artifact-ref.ts";
import type { ArtifactStore, StoreOptions } from "../artifact-store.ts";
import { readRecords, writeRecords } from "./record-dataset.ts";
import type { RecordKind } from "./record-kind.ts";

/** Records start .. end-1 of a dataset. */
export interface RecordRange {
  readonly start: number;
  readonly end: number;
}

/** Consecutive ranges of `size` records (the last may be smaller); one empty range where there is no record. */
export function recordRanges(count: number, size: number): RecordRange[] {
  const parts = Math.max(1, Math.ceil(count / size));
  return Array.from({ length: parts }, (_, i) => ({ start: i * size, end: Math.min(count, (i + 1) * size) }));
}

/** The records of a range, checked. Stops reading at its end. */
export async function readRange<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  ref: ArtifactRef,
  { start, end }: RecordRange,
  options: StoreOptions = {},
): Promise<T[]> {
  const records: T[] = [];
  if (start >= end) return records;
  let index = 0;
  for await (const record of readRecords(store, kind, ref, options)) {
    if (index >= start) records.push(record);
    index += 1;
    if (index >= end) break;
  }
  return records;
}

/** One dataset from several of the same kind, one after the other. */
export function joinRecords<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  parts: readonly ArtifactRef[],
  options: StoreOptions = {},
): Promise<ArtifactRef> {
  const records = async function* (): AsyncGenerator<T> {
    for (const part of parts) yield* readRecords(store, kind, part, options);
  };
  return writeRecords(store, kind, records(), options);
}
