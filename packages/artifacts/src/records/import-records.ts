import type { ArtifactRef } from "../artifact-ref.ts";
import type { ArtifactStore, StoreOptions } from "../artifact-store.ts";
import { readSourceFile } from "../file-store/source-directory.ts";
import { recordOrigin } from "../record-origin.ts";
import { lineError, readJsonLines } from "./json-lines.ts";
import { writeRecords } from "./record-dataset.ts";
import type { RecordKind } from "./record-kind.ts";
import { firstProblem } from "./validate-record.ts";

/** Records of a user's JSON Lines file. FILE_NOT_FOUND; RECORD_INVALID naming file, line and field. */
export async function* readUserRecords<T>(
  kind: RecordKind<T>,
  path: string,
  options: StoreOptions = {},
): AsyncGenerator<T, void, undefined> {
  const schema = kind.userSchema ?? kind.schema;
  for await (const { line, value } of readJsonLines(readSourceFile(path, true, options.signal), path)) {
    const checked = schema.safeParse(value);
    if (!checked.success) {
      const { field, message } = firstProblem(checked.error);
      throw lineError(path, line, `not a ${kind.name} record: ${message}`, field);
    }
    yield checked.data;
  }
}

/**
 * Stores a user's JSON Lines file as a dataset, with a manifest that says so. Ids that the file leaves out are derived.
 * A line that is broken stops it: nothing is imported, and the error names file, line and field.
 */
export async function importRecords<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  path: string,
  options: StoreOptions = {},
): Promise<ArtifactRef> {
  const ref = await writeRecords(store, kind, readUserRecords(kind, path, options), options);
  await recordImport(store, kind, ref, options);
  return ref;
}

/** Says in a manifest that the dataset came from outside. */
export async function recordImport(
  store: ArtifactStore,
  kind: Pick<RecordKind<unknown>, "name">,
  ref: ArtifactRef,
  options: StoreOptions = {},
): Promise<void> {
  await recordOrigin(store, ref, { kind: kind.name, producer: "import", inputs: {}, parameters: {} }, options);
}
