import type { Headers, WaitOptions } from "./bus.ts";

export interface QueueOptions {
  /** How long a taker holds an item before it is given to another, unless it extends. */
  readonly leaseMs: number;
  /** An item that was delivered so often and not acknowledged becomes a dead letter. */
  readonly maxDeliveries: number;
}

export interface EnqueueOptions extends WaitOptions {
  /**
   * Identity for de-duplication within the queue. An id that was settled stays taken for
   * `limits.duplicateWindowMs`: to do the same work once more, enqueue it under a new id.
   */
  readonly id: string;
  readonly headers?: Headers;
}

export interface EnqueueResult {
  readonly duplicate: boolean;
}

/**
 * An item under lease. Settling (`ack`, `nak`, `term`) twice is harmless. After the lease ended another taker may
 * have it: an `ack` then still settles it if nobody else has, so commit results by compare-and-set before.
 */
export interface WorkItem {
  readonly id: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  /** 1 at first; at `maxDeliveries` this is the last try. */
  readonly deliveryCount: number;
  /** Lease ends `leaseMs` from now. Without effect once it has ended or the item is settled. */
  extend(): Promise<void>;
  /** Done; never delivered again. */
  ack(): Promise<void>;
  /** Failed for now; delivered again after `delayMs` (default 0), or a dead letter if this was the last try. */
  nak(delayMs?: number): Promise<void>;
  /** Hopeless: a dead letter at once. `reason` is UPPER_SNAKE or a sentence for people. */
  term(reason: string): Promise<void>;
}

/** Reason of a dead letter that ran out of deliveries. */
export const MAX_DELIVERIES_REACHED = "MAX_DELIVERIES_REACHED";

export interface DeadLetter {
  readonly id: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly deliveryCount: number;
  readonly reason: string;
}

/** An item whose `nak` delay runs counts as one or the other. */
export interface QueueDepth {
  /** Waiting for a taker. */
  readonly ready: number;
  /** Under a lease that has not ended. */
  readonly leased: number;
}

export interface WorkQueue {
  readonly name: string;

  /** Resolves when the bus has taken the item (where work is durable: stored it). */
  enqueue(data: Uint8Array, options: EnqueueOptions): Promise<EnqueueResult>;

  /**
   * Takes items one at a time: an item is leased when the iterator is asked for its next value and has one, so
   * nothing is held that nobody works on. For n items at once run n iterations. Roughly first in, first out.
   * Ends when the signal aborts or the bus closes; an item already handed out stays leased.
   */
  consume(options?: WaitOptions): AsyncIterable<WorkItem>;

  /** Oldest first, as far as the bus keeps them. */
  deadLetters(options?: WaitOptions): Promise<DeadLetter[]>;

  /** The dead letters kept, then each new one, until the signal aborts or the bus closes. */
  watchDeadLetters(options?: WaitOptions): AsyncIterable<DeadLetter>;

  depth(options?: WaitOptions): Promise<QueueDepth>;
}

/** Things to be done once, by any of several takers. */
export interface Work {
  /**
   * Opens the queue `name` (a subject, e.g. `srlm.v1.work.sampling`). The options of the last opening hold for all
   * deliveries from then on. An item whose last lease ended becomes a dead letter at the latest when somebody
   * consumes the queue.
   */
  open(name: string, options: QueueOptions, wait?: WaitOptions): Promise<WorkQueue>;
}
