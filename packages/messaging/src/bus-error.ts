/** gRPC code names that a bus failure maps to; service-kit translates them at its edge. */
export type BusErrorCode =
  | "INVALID_ARGUMENT"
  | "FAILED_PRECONDITION"
  | "ALREADY_EXISTS"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE";

export type BusErrorReason =
  | "BUS_CLOSED"
  | "BUS_OWNED_ELSEWHERE"
  | "BUS_STORE_UNREADABLE"
  | "INVALID_SUBJECT"
  | "INVALID_FILTER"
  | "INVALID_NAME"
  | "INVALID_KEY"
  | "INVALID_OPTION"
  | "MESSAGE_TOO_LARGE"
  | "SUBSCRIBER_EXISTS"
  | "TOO_MANY_BUCKETS";

const CODES: Record<BusErrorReason, BusErrorCode> = {
  BUS_CLOSED: "UNAVAILABLE",
  BUS_OWNED_ELSEWHERE: "FAILED_PRECONDITION",
  BUS_STORE_UNREADABLE: "FAILED_PRECONDITION",
  INVALID_SUBJECT: "INVALID_ARGUMENT",
  INVALID_FILTER: "INVALID_ARGUMENT",
  INVALID_NAME: "INVALID_ARGUMENT",
  INVALID_KEY: "INVALID_ARGUMENT",
  INVALID_OPTION: "INVALID_ARGUMENT",
  MESSAGE_TOO_LARGE: "INVALID_ARGUMENT",
  SUBSCRIBER_EXISTS: "ALREADY_EXISTS",
  TOO_MANY_BUCKETS: "RESOURCE_EXHAUSTED",
};

export interface BusErrorDetails {
  /** The offending argument, e.g. `subject` or `options.leaseMs`. */
  readonly field?: string;
  readonly value?: string;
  /** Process that owns the store (BUS_OWNED_ELSEWHERE). */
  readonly pid?: number;
  readonly cause?: unknown;
}

/** Every failure that a bus reports by itself. An aborted signal is not one: its own reason is thrown. */
export class BusError extends Error {
  override readonly name = "BusError";
  readonly reason: BusErrorReason;
  readonly code: BusErrorCode;
  readonly field: string | undefined;
  readonly value: string | undefined;
  readonly pid: number | undefined;

  constructor(reason: BusErrorReason, message: string, details: BusErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.code = CODES[reason];
    this.field = details.field;
    this.value = details.value;
    this.pid = details.pid;
  }
}
