/** What went wrong, in UPPER_SNAKE: services pass it on unchanged as the `reason` of their gRPC error. */
export type LanguageModelReason =
  | "MODEL_NOT_FOUND"
  | "MODEL_CONFIG_INVALID"
  | "MODEL_UNSUPPORTED"
  | "MODEL_FILE_INVALID"
  | "MODEL_TENSOR_MISMATCH"
  | "MODEL_TOO_LARGE"
  | "INVALID_TRAINING_STATE"
  | "INVALID_BATCH"
  | "NON_FINITE_GRADIENT"
  | "INVALID_SAMPLING_PARAMETER"
  | "INVALID_TOKEN"
  | "PROMPT_TOO_LONG"
  | "ENGINE_CRASHED"
  | "ENGINE_FAILED"
  | "ENGINE_CLOSED"
  | "CANCELLED";

/** gRPC codes by name, for services: what the caller got wrong, what may be repeated, what is a defect. */
const codes = {
  MODEL_NOT_FOUND: "NOT_FOUND",
  MODEL_CONFIG_INVALID: "INVALID_ARGUMENT",
  MODEL_UNSUPPORTED: "INVALID_ARGUMENT",
  MODEL_FILE_INVALID: "INVALID_ARGUMENT",
  MODEL_TENSOR_MISMATCH: "INVALID_ARGUMENT",
  MODEL_TOO_LARGE: "FAILED_PRECONDITION",
  INVALID_TRAINING_STATE: "FAILED_PRECONDITION",
  INVALID_BATCH: "INVALID_ARGUMENT",
  NON_FINITE_GRADIENT: "FAILED_PRECONDITION",
  INVALID_SAMPLING_PARAMETER: "INVALID_ARGUMENT",
  INVALID_TOKEN: "INVALID_ARGUMENT",
  PROMPT_TOO_LONG: "INVALID_ARGUMENT",
  ENGINE_CRASHED: "UNAVAILABLE",
  ENGINE_FAILED: "INTERNAL",
  ENGINE_CLOSED: "UNAVAILABLE",
  CANCELLED: "CANCELLED",
} as const satisfies Record<LanguageModelReason, string>;

/**
 * Base class of every error this package throws on purpose. `field` is the path of the offending field, tensor or
 * file; `value` its printed value. The message names both and says what to do.
 */
export class LanguageModelError extends Error {
  readonly reason: LanguageModelReason;
  readonly field: string | undefined;
  readonly value: string | undefined;

  /** Name of the gRPC code that a service answers with. */
  get code(): string {
    return (codes as Partial<Record<string, string>>)[this.reason] ?? "FAILED_PRECONDITION";
  }

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
