import { ArtifactError } from "../artifact-error.ts";
import { type ArtifactRef, RECORDS_MEDIA_TYPE } from "../artifact-ref.ts";
import type { ArtifactStore, StoreOptions } from "../artifact-store.ts";
import { canonicalJson } from "../canonical-json.ts";
import { lineError, readJsonLines } from "./json-lines.ts";
import type { RecordKind } from "./record-kind.ts";
import { firstProblem } from "./validate-record.ts";

/** Small records are written together: one system call for many. */
const WRITE_CHARACTERS = 64 * 1024;

/**
 * Stores records as JSON Lines in canonical JSON, in the order given: equal records in equal order have equal digests.
 *
 * Throws RECORD_INVALID naming the record's number (from 1) and field, and then stores nothing.
 */
export async function writeRecords<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  records: Iterable<T> | AsyncIterable<T>,
  options: StoreOptions = {},
): Promise<ArtifactRef> {
  let recordCount = 0;
  const content = async function* (): AsyncGenerator<Uint8Array> {
    let pending = "";
    for await (const record of records) {
      recordCount++;
      const checked = kind.schema.safeParse(record);
      if (!checked.success) {
        const { field, message } = firstProblem(checked.error);
        throw lineError(`${kind.name} record`, recordCount, message, field);
      }
      pending += `${canonicalJson(checked.data)}\n`;
      if (pending.length < WRITE_CHARACTERS) continue;
      yield Buffer.from(pending);
      pending = "";
    }
    yield Buffer.from(pending);
  };
  const ref = await store.put(content(), { mediaType: RECORDS_MEDIA_TYPE, signal: options.signal });
  return { ...ref, recordCount };
}

/**
 * Records of a dataset, one at a time, each checked.
 *
 * Throws ARTIFACT_KIND_MISMATCH for what is no dataset; RECORD_INVALID naming artifact, line and field; and at the end
 * ARTIFACT_REF_INVALID when the reference counts otherwise than the content.
 */
export async function* readRecords<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  ref: ArtifactRef,
  options: StoreOptions = {},
): AsyncGenerator<T, void, undefined> {
  if (ref.mediaType !== RECORDS_MEDIA_TYPE) {
    throw new ArtifactError(
      "ARTIFACT_KIND_MISMATCH",
      `${ref.uri} is of type ${JSON.stringify(ref.mediaType)}, ${kind.name} records are of type ${RECORDS_MEDIA_TYPE}`,
      { field: "artifact.mediaType", value: ref.mediaType },
    );
  }
  let count = 0;
  for await (const { line, value } of readJsonLines(store.stream(ref, options), ref.uri)) {
    const checked = kind.schema.safeParse(value);
    if (!checked.success) {
      const { field, message } = firstProblem(checked.error);
      throw lineError(ref.uri, line, `not a ${kind.name} record: ${message}`, field);
    }
    count++;
    yield checked.data;
  }
  if (count !== ref.recordCount) {
    throw new ArtifactError(
      "ARTIFACT_REF_INVALID",
      `${ref.uri} holds ${count} records, its reference says ${ref.recordCount}`,
      {
        field: "artifact.recordCount",
        value: String(ref.recordCount),
      },
    );
  }
}
