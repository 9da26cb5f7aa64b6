/** gRPC code names that an artifact failure maps to; service-kit translates them at its edge. */
export type ArtifactErrorCode = "INVALID_ARGUMENT" | "NOT_FOUND" | "FAILED_PRECONDITION" | "DATA_LOSS";

export type ArtifactErrorReason =
  | "ARTIFACT_REF_INVALID"
  | "ARTIFACT_NOT_FOUND"
  | "ARTIFACT_DIGEST_MISMATCH"
  | "ARTIFACT_UNSAFE_PATH"
  | "ARTIFACT_KIND_MISMATCH"
  | "ARTIFACT_TOO_LARGE"
  | "ARTIFACT_MANIFEST_INVALID"
  | "DIRECTORY_LISTING_INVALID"
  | "FILE_NOT_FOUND"
  | "RECORD_INVALID"
  | "VALUE_NOT_CANONICAL";

const CODES: Record<ArtifactErrorReason, ArtifactErrorCode> = {
  ARTIFACT_REF_INVALID: "INVALID_ARGUMENT",
  ARTIFACT_NOT_FOUND: "NOT_FOUND",
  ARTIFACT_DIGEST_MISMATCH: "DATA_LOSS",
  ARTIFACT_UNSAFE_PATH: "INVALID_ARGUMENT",
  ARTIFACT_KIND_MISMATCH: "INVALID_ARGUMENT",
  ARTIFACT_TOO_LARGE: "FAILED_PRECONDITION",
  ARTIFACT_MANIFEST_INVALID: "DATA_LOSS",
  DIRECTORY_LISTING_INVALID: "INVALID_ARGUMENT",
  FILE_NOT_FOUND: "NOT_FOUND",
  RECORD_INVALID: "INVALID_ARGUMENT",
  VALUE_NOT_CANONICAL: "INVALID_ARGUMENT",
};

export interface ArtifactErrorDetails {
  /** The offending field, e.g. `artifact.sha256` or a record's `answers[2].rank`. */
  readonly field?: string;
  readonly value?: string;
  /** Line of a text file, from 1. */
  readonly line?: number;
  readonly cause?: unknown;
}

/** Every failure that the artifact store and the record readers report by themselves. */
export class ArtifactError extends Error {
  override readonly name = "ArtifactError";
  readonly reason: ArtifactErrorReason;
  readonly code: ArtifactErrorCode;
  readonly field: string | undefined;
  readonly value: string | undefined;
  readonly line: number | undefined;

  constructor(reason: ArtifactErrorReason, message: string, details: ArtifactErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.code = CODES[reason];
    this.field = details.field;
    this.value = details.value;
    this.line = details.line;
  }
}
