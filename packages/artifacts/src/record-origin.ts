import type { ArtifactManifest } from "./artifact-manifest.ts";
import type { ArtifactRef } from "./artifact-ref.ts";
import type { ArtifactStore, StoreOptions } from "./artifact-store.ts";

/** What made an artifact, apart from what its reference says of it. */
export interface Origin extends Pick<ArtifactManifest, "kind" | "producer" | "parameters"> {
  /** By role: `model`, `prompts`, ... */
  readonly inputs: Readonly<Record<string, { readonly sha256: string }>>;
}

/** Writes the manifest of an artifact. */
export async function recordOrigin(
  store: ArtifactStore,
  { sha256, mediaType, sizeBytes, recordCount }: ArtifactRef,
  { inputs, ...origin }: Origin,
  options: StoreOptions = {},
): Promise<void> {
  const digests = Object.fromEntries(Object.entries(inputs).map(([role, input]) => [role, input.sha256]));
  await store.putManifest({ sha256, mediaType, sizeBytes, recordCount, ...origin, inputs: digests }, options);
}
