/** Evaluations that cannot be set against each other; an edge maps it to the gRPC code that `code` names. */
export class NotPairedError extends Error {
  override readonly name = "NotPairedError";
  readonly code = "INVALID_ARGUMENT";
  readonly reason = "EVALUATIONS_NOT_PAIRED";
  /** Path in the request. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}
