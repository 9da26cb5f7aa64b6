/** A rubric template that cannot be used. `field` names its part: a front matter key, `body`, or `file`. */
export class RubricError extends Error {
  override readonly name = "RubricError";
  readonly reason = "INVALID_RUBRIC";
  readonly field: string;

  constructor(field: string, message: string) {
    super(`rubric template: ${field}: ${message}`);
    this.field = field;
  }
}
