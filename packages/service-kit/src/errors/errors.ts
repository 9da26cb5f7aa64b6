import { Status } from "nice-grpc-common";
import { ServiceError, type ServiceErrorOptions } from "./service-error.ts";

/**
 * Refuses a field of a request. `message` says what the value must be and what it is: `must be in [0, 10], got 12`;
 * the field's path is put before it.
 */
export function invalidArgument(field: string, message: string, reason = "INVALID_ARGUMENT"): ServiceError {
  return new ServiceError(Status.INVALID_ARGUMENT, reason, `${field} ${message}`, {
    fields: [{ field, description: message }],
  });
}

/** A message field that must be set is not; returns its value otherwise. */
export function required<T>(value: T | undefined | null | "", field: string): T {
  if (value === undefined || value === null || value === "") {
    throw invalidArgument(field, "must be set", "FIELD_REQUIRED");
  }
  return value;
}

/** What was named does not exist. */
export function notFound(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.NOT_FOUND, reason, message, options);
}

export function alreadyExists(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.ALREADY_EXISTS, reason, message, options);
}

/** The request is right, but the system is not in a state for it; repeating alone does not help. */
export function failedPrecondition(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.FAILED_PRECONDITION, reason, message, options);
}

export function resourceExhausted(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.RESOURCE_EXHAUSTED, reason, message, options);
}

/** Failed for now: the same call may be repeated. */
export function unavailable(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.UNAVAILABLE, reason, message, options);
}

export function cancelled(reason: string, message: string, options?: ServiceErrorOptions): ServiceError {
  return new ServiceError(Status.CANCELLED, reason, message, options);
}

/** An invariant broke: a defect of ours. The message reaches the client, so it holds no path and no data. */
export function internal(message: string, cause?: unknown): ServiceError {
  return new ServiceError(Status.INTERNAL, "INTERNAL", message, { cause });
}
