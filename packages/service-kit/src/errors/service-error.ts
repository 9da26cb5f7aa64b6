import { ClientError, ServerError, Status } from "nice-grpc-common";

/** One offending field of a request: its path as in the contract (`spec.sampling.temperature`) and what is wrong. */
export interface FieldViolation {
  readonly field: string;
  /** Names the value and what to do instead. */
  readonly description: string;
}

export interface ServiceErrorOptions {
  readonly fields?: readonly FieldViolation[];
  /** Few, short, safe to show: they travel to the client. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Logged, never sent. */
  readonly cause?: unknown;
}

/** Codes of failures that the same call may not meet again. */
const RETRYABLE: ReadonlySet<Status> = new Set([Status.UNAVAILABLE, Status.ABORTED, Status.DEADLINE_EXCEEDED]);

const UPPER_SNAKE = /^[A-Z][A-Z0-9_]*$/;

/**
 * The one error of services, on both sides of the wire: a gRPC code, a stable `reason` in UPPER_SNAKE to match on, a
 * message for people, the offending fields. Thrown by a handler it reaches the client as the same error.
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: Status;
  readonly reason: string;
  readonly fields: readonly FieldViolation[];
  readonly metadata: Readonly<Record<string, string>>;

  constructor(code: Status, reason: string, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (!UPPER_SNAKE.test(reason)) throw new TypeError(`reason must be UPPER_SNAKE, got ${JSON.stringify(reason)}`);
    this.code = code;
    this.reason = reason;
    this.fields = options.fields ?? [];
    this.metadata = options.metadata ?? {};
  }

  /** Whether doing the same again may succeed: UNAVAILABLE (so ENGINE_CRASHED), ABORTED, DEADLINE_EXCEEDED. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }

  /**
   * Any thrown value as a ServiceError. Errors that carry a gRPC code by name and a reason (those of the bus, the
   * artifact store, the engine) keep them, with `field` as violation; an abort becomes CANCELLED; anything else
   * becomes INTERNAL with a message that says nothing of the cause.
   */
  static from(thrown: unknown): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    if (thrown instanceof ClientError || thrown instanceof ServerError) {
      return new ServiceError(thrown.code, Status[thrown.code] ?? "UNKNOWN", thrown.details, { cause: thrown });
    }
    if (isReasonedError(thrown)) {
      const fields = thrown.field === undefined ? [] : [{ field: thrown.field, description: thrown.message }];
      return new ServiceError(Status[thrown.code], thrown.reason, thrown.message, { fields, cause: thrown });
    }
    if (thrown instanceof Error && thrown.name === "AbortError") {
      return new ServiceError(Status.CANCELLED, "CANCELLED", "the operation was cancelled", { cause: thrown });
    }
    return new ServiceError(Status.INTERNAL, "INTERNAL", "internal error: see the log of the service", {
      cause: thrown,
    });
  }
}

interface ReasonedError extends Error {
  readonly code: keyof typeof Status;
  readonly reason: string;
  readonly field?: string | undefined;
}

function isReasonedError(thrown: unknown): thrown is ReasonedError {
  if (!(thrown instanceof Error)) return false;
  const { code, reason, field } = thrown as Partial<ReasonedError>;
  return (
    typeof code === "string" &&
    typeof Status[code] === "number" &&
    typeof reason === "string" &&
    UPPER_SNAKE.test(reason) &&
    (field === undefined || typeof field === "string")
  );
}
