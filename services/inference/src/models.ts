import type { ArtifactRef, ArtifactStore } from "@srlm/artifacts";
import type { ModelReference } from "@srlm/language-model";
import { required } from "@srlm/service-kit";

/** The model's files as the engines read them. ARTIFACT_NOT_FOUND, ARTIFACT_DIGEST_MISMATCH. */
export async function openModel(
  artifacts: ArtifactStore,
  model: ArtifactRef | undefined,
  field: string,
  signal?: AbortSignal,
): Promise<ModelReference> {
  const ref = required(model, field);
  return { directory: await artifacts.materialize(ref, { signal }), digest: ref.sha256 };
}
