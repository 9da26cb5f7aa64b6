/** What went wrong, in UPPER_SNAKE: services pass it on unchanged as the `reason` of their gRPC error. */
export type LanguageModelReason =
  | "MODEL_NOT_FOUND"
  | "INVALID_MODEL_CONFIG"
  | "UNSUPPORTED_MODEL"
  | "INVALID_TENSOR_FILE"
  | "TENSOR_MISMATCH"
  | "MODEL_DIGEST_MISMATCH"
  | "MODEL_TOO_LARGE"
  | "INVALID_TRAINING_STATE"
  | "INVALID_BATCH"
  | "INVALID_SAMPLING_PARAMETER"
  | "INVALID_TOKEN"
  | "PROMPT_TOO_LONG"
  | "ENGINE_CRASHED"
  | "ENGINE_FAILED"
  | "ENGINE_CLOSED"
  | "CANCELLED";

/**
 * Base class of every error this package throws on purpose. `field` is the path of the offending field, tensor or
 * file; `value` its printed value. The message names both and says what to do.
 */
export class LanguageModelError extends Error {
  readonly reason: LanguageModelReason;
  readonly field: string | undefined;
  readonly value: string | undefined;

  constructor(
    reason: LanguageModelReason,
    message: string,
    details: { field?: string; value?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "LanguageModelError";
    this.reason = reason;
    this.field = details.field;
    this.value = details.value;
  }
}

/** Bytes in the unit a person reads: `5.1 GiB`, `812 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(amount < 10 ? 1 : 0)} ${units[power]}`;
}
