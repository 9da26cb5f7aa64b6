import type { Headers, WaitOptions } from "./bus.ts";

export interface PublishOptions extends WaitOptions {
  /** Identity for de-duplication over the whole bus, e.g. the CloudEvents id. */
  readonly id: string;
  readonly headers?: Headers;
}

export interface PublishResult {
  /** True: an event with this id was published within `limits.duplicateWindowMs`; this one was dropped. */
  readonly duplicate: boolean;
}

export interface SubscribeOptions extends WaitOptions {
  /** Durable name: what it has acknowledged is remembered while the bus keeps it, whoever subscribes next. */
  readonly name: string;
  /** One filter, e.g. `srlm.v1.events.jobs.>`. */
  readonly filter: string;
  /** An event that is neither acknowledged nor refused for this long is delivered again. Default 30 s. */
  readonly ackWaitMs?: number;
  /** Where a name that is new begins: at the oldest event kept (default), or with the next one published. */
  readonly from?: "oldest" | "new";
}

/** An event as it reached one subscriber. Settling twice, or after `ackWaitMs`, is allowed and harmless. */
export interface EventDelivery {
  readonly subject: string;
  readonly id: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  /** Position in the bus's order of publication; gaps are possible. */
  readonly sequence: number;
  /** 1 at first, one more for each redelivery. */
  readonly deliveryCount: number;
  /** Done with it: the next event may come. */
  ack(): Promise<void>;
  /** Not now: the same event comes again, after `delayMs` (default 0), before any later one. */
  nak(delayMs?: number): Promise<void>;
}

/** Iterate it once. It ends when the signal aborts, at `close()`, and when the bus closes. */
export interface Subscription extends AsyncIterable<EventDelivery> {
  /** Stops this iteration; the durable name keeps its place. */
  close(): Promise<void>;
}

/** Facts that others may want to know, in the order of publication. */
export interface Events {
  /** Resolves when the bus has taken the event (where events are durable: stored it). */
  publish(subject: string, data: Uint8Array, options: PublishOptions): Promise<PublishResult>;

  /**
   * Opens (and if need be creates) the durable subscriber. Events published after it resolves are seen.
   *
   * Order is strict: one event is outstanding per name, and the next is delivered once that one is acknowledged.
   * Two open subscriptions of one name share its events. What was published while nobody was subscribed is
   * delivered at return, as far as the bus still keeps it.
   *
   * Errors: SUBSCRIBER_EXISTS when the name has another filter.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>;

  /** Forgets the durable name and ends its open subscriptions. False when there was none. */
  unsubscribe(name: string, options?: WaitOptions): Promise<boolean>;
}
