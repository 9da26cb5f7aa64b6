/**
 * Largest message that servers and clients take, in bytes, set once for both. A shard of a few hundred long answers
 * with ids and log-probabilities is some megabytes; larger data travels as artifacts.
 */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Metadata key of the request id. */
export const REQUEST_ID_KEY = "x-request-id";

/** Longer or odder ids than this are replaced: they go into logs. */
export const REQUEST_ID_PATTERN = /^[\w./:=-]{1,256}$/;

/** Longest deadline that fits the timers of Node (2^31 - 1 ms), in milliseconds: a day, more than any call needs. */
export const MAX_DEADLINE_MS = 24 * 60 * 60 * 1000;

/** Of a message to a client, in characters: with fields and status it stays below 8 KiB, what proxies let through. */
export const MAX_ERROR_MESSAGE_LENGTH = 1500;
export const MAX_ERROR_FIELDS = 8;
export const MAX_FIELD_DESCRIPTION_LENGTH = 300;
