import { type ArtifactRef, type ArtifactStore, type RecordKind, writeRecords } from "@srlm/artifacts";

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
  const { sha256, mediaType, sizeBytes, recordCount } = ref;
  const manifest = { sha256, mediaType, sizeBytes, recordCount, kind: kind.name, producer };
  await store.putManifest({ ...manifest, inputs: {}, parameters: { ...parameters } });
  return ref;
}
