import { rpcDetails, rpcStatus } from "@srlm/contracts";
import type { Status } from "nice-grpc-common";
import { MAX_ERROR_FIELDS, MAX_ERROR_MESSAGE_LENGTH, MAX_FIELD_DESCRIPTION_LENGTH } from "../limits.ts";
import { ServiceError } from "./service-error.ts";

/** Trailer that carries a google.rpc.Status. */
export const STATUS_DETAILS_KEY = "grpc-status-details-bin";

/** Of ErrorInfo: who defines the reasons. */
const DOMAIN = "srlm";
const TYPE_PREFIX = "type.googleapis.com/";
const ERROR_INFO = `${TYPE_PREFIX}google.rpc.ErrorInfo`;
const BAD_REQUEST = `${TYPE_PREFIX}google.rpc.BadRequest`;

const cut = (text: string, length: number) => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

/** What is sent of an error's message. */
export function sentMessage(error: ServiceError): string {
  return cut(error.message, MAX_ERROR_MESSAGE_LENGTH);
}

/** The error as google.rpc.Status with ErrorInfo and, where fields offend, BadRequest. The cause stays here. */
export function encodeStatusDetails(error: ServiceError): Uint8Array {
  const info = rpcDetails.ErrorInfo.encode({ reason: error.reason, domain: DOMAIN, metadata: { ...error.metadata } });
  const details = [{ typeUrl: ERROR_INFO, value: info.finish() }];
  if (error.fields.length > 0) {
    const fieldViolations = error.fields.slice(0, MAX_ERROR_FIELDS).map(({ field, description }) => ({
      field,
      description: cut(description, MAX_FIELD_DESCRIPTION_LENGTH),
    }));
    details.push({ typeUrl: BAD_REQUEST, value: rpcDetails.BadRequest.encode({ fieldViolations }).finish() });
  }
  return rpcStatus.Status.encode({ code: error.code, message: sentMessage(error), details }).finish();
}

/** The error that a server sent; undefined where the trailer is not ours or cannot be read. */
export function decodeStatusDetails(code: Status, bytes: Uint8Array, cause: unknown): ServiceError | undefined {
  try {
    const { message, details } = rpcStatus.Status.decode(bytes);
    const info = details.find(({ typeUrl }) => typeUrl === ERROR_INFO);
    if (!info) return undefined;
    const { reason, metadata } = rpcDetails.ErrorInfo.decode(info.value);
    const violations = details.find(({ typeUrl }) => typeUrl === BAD_REQUEST);
    const fields = violations ? rpcDetails.BadRequest.decode(violations.value).fieldViolations : [];
    return new ServiceError(code, reason, message, { fields, metadata, cause });
  } catch {
    return undefined;
  }
}
