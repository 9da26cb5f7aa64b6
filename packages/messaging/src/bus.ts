import type { Events } from "./events.ts";
import type { KeyValue } from "./key-value.ts";
import type { Work } from "./work.ts";

/** What survives when the last process that uses the bus stops: `durable` does, `memory` does not. */
export type Survival = "durable" | "memory";

export interface BusDurability {
  readonly kv: Survival;
  readonly events: Survival;
  readonly work: Survival;
}

/** Limits that hold for every call on this bus. */
export interface BusLimits {
  /** A second message with the same id is dropped for this long after the first, even when the first was settled. */
  readonly duplicateWindowMs: number;
  /** Largest `data` of an event, a work item or a value. */
  readonly maxMessageBytes: number;
}

/** One mebibyte: the `max_payload` of a NATS server that nobody configured, so that code which fits here fits there. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Passed to every call that may wait. An aborted call rejects with the signal's reason; an aborted iterator ends. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export type Headers = Readonly<Record<string, string>>;

/**
 * What the services share: events, work queues, and key-value buckets with compare-and-set.
 *
 * Delivery is at least once. A consumer makes its effect idempotent (by id, or by compare-and-set in a bucket).
 * Whatever `durability` calls `memory` is lost with the process; its users rebuild it at start from what is
 * `durable` (the reconcile pass of the job runner and of orchestration).
 *
 * Subjects and keys are dot-separated tokens of `A-Z a-z 0-9 _ - = /`; a filter may hold `*` (one token) and, as
 * its last token, `>` (one token or more). Names of subscribers and buckets are `A-Z a-z 0-9 _ -`.
 *
 * Every bus maps to the same things in JetStream: events are a stream with durable pull consumers of one pending
 * message, a queue is a filtered consumer of a work-queue stream, a bucket is a key-value bucket of history 1.
 *
 * Errors of every method: {@link BusError} BUS_CLOSED after `close()`; INVALID_SUBJECT, INVALID_FILTER,
 * INVALID_NAME, INVALID_KEY, INVALID_OPTION, MESSAGE_TOO_LARGE for arguments. Methods that give an iterable throw
 * them at once, the others reject.
 */
export interface Bus {
  readonly durability: BusDurability;
  readonly limits: BusLimits;
  readonly events: Events;
  readonly work: Work;
  readonly kv: KeyValue;

  /**
   * Ends all iterators and timers and gives the store back. Leases that are still held are not settled: where work
   * is durable they expire and are delivered again. Safe to call more than once.
   */
  close(): Promise<void>;
}
