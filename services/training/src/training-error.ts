export type TrainingReason =
  | "NON_FINITE_LOSS"
  | "NO_TARGET_TOKENS"
  | "NO_EXAMPLES"
  | "EXAMPLE_TOO_LONG"
  | "REFERENCE_MISMATCH";

/** Why a training cannot go on; the reason becomes the job's. Doing the same again would end the same. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  readonly reason: TrainingReason;
  readonly code = "FAILED_PRECONDITION";

  constructor(reason: TrainingReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
