import { type ArtifactRef, type ArtifactStore, type RecordKind, recordOrigin, writeRecords } from "@srlm/artifacts";

/** How records came to be, for their manifest. */
export interface Origin {
  /** `tiny-world`, or `import` for a user's files. */
  readonly producer: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** Stores records with a manifest that says where they come from. */
export async function storeRecords<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  records: Iterable<T> | AsyncIterable<T>,
  { producer, parameters = {} }: Origin,
): Promise<ArtifactRef> {
  const ref = await writeRecords(store, kind, records);
  await recordOrigin(store, ref, { kind: kind.name, producer, inputs: {}, parameters: { ...parameters } });
  return ref;
}
