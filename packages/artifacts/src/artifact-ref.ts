import { ArtifactError } from "./artifact-error.ts";

/**
 * Names content by its digest. Structurally equal to the generated message `srlm.artifacts.v1.ArtifactRef`, so that
 * a reference travels through contracts without translation.
 */
export interface ArtifactRef {
  /** `artifact://sha256/<sha256>`. Never a path. */
  uri: string;
  /** 64 lower-case hexadecimal digits over the content. */
  sha256: string;
  /** {@link RECORDS_MEDIA_TYPE}, {@link DIRECTORY_MEDIA_TYPE}, or what the writer said. */
  mediaType: string;
  /** Of the content; for a directory, of all its files together. */
  sizeBytes: number;
  /** Records of a dataset, files of a directory; 0 for anything else. */
  recordCount: number;
}

export const RECORDS_MEDIA_TYPE = "application/jsonl";
export const DIRECTORY_MEDIA_TYPE = "application/vnd.srlm.directory+json";

const SHA256 = /^[0-9a-f]{64}$/;
const URI_PREFIX = "artifact://sha256/";

/** Throws ARTIFACT_REF_INVALID unless `sha256` is 64 lower-case hexadecimal digits. */
export function assertSha256(sha256: string, field = "artifact.sha256"): void {
  if (!SHA256.test(sha256)) {
    const value = JSON.stringify(sha256);
    throw new ArtifactError("ARTIFACT_REF_INVALID", `${field} must be 64 lower-case hexadecimal digits, got ${value}`, {
      field,
      value,
    });
  }
}

export function artifactUri(sha256: string): string {
  assertSha256(sha256);
  return URI_PREFIX + sha256;
}

/** Digest of a reference whose uri and sha256 agree; otherwise ARTIFACT_REF_INVALID. The only way from a reference to a path. */
export function digestOf(ref: ArtifactRef): string {
  assertSha256(ref.sha256);
  if (ref.uri !== URI_PREFIX + ref.sha256) {
    throw new ArtifactError(
      "ARTIFACT_REF_INVALID",
      `artifact.uri must be ${URI_PREFIX}${ref.sha256} as artifact.sha256 says, got ${JSON.stringify(ref.uri)}`,
      { field: "artifact.uri", value: ref.uri },
    );
  }
  return ref.sha256;
}
