import { type ArtifactRef, type ArtifactStore, type RecordKind, readRecords } from "@srlm/artifacts";

export interface RecordRange {
  /** Included, from 0. */
  readonly start: number;
  /** Excluded. */
  readonly end: number;
  readonly signal: AbortSignal;
}

/** A range of a dataset's records, in order; errors as of `readRecords`. */
export async function readRange<T>(
  artifacts: ArtifactStore,
  kind: RecordKind<T>,
  dataset: ArtifactRef,
  { start, end, signal }: RecordRange,
): Promise<T[]> {
  const records: T[] = [];
  let position = 0;
  for await (const record of readRecords(artifacts, kind, dataset, { signal })) {
    if (position >= start) records.push(record);
    if (++position === end) break;
  }
  return records;
}
