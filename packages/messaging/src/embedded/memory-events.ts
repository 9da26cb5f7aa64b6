import type { WaitOptions } from "../bus.ts";
import { BusError } from "../bus-error.ts";
import type {
  EventDelivery,
  Events,
  PublishOptions,
  PublishResult,
  SubscribeOptions,
  Subscription,
} from "../events.ts";
import { assertName, assertSubject, compileFilter } from "../subject.ts";
import { assertWhole, type Message, sealMessage } from "./message.ts";
import { Parking, takeForever } from "./parking.ts";
import type { RecentIds } from "./recent-ids.ts";

/** JetStream's own default. */
const DEFAULT_ACK_WAIT_MS = 30_000;
/** A run of the demonstration publishes hundreds; a subscriber that is further behind reconciles. */
const MAX_EVENTS_KEPT = 10_000;
/** Keeps a stream of largest messages from filling a laptop's memory. */
const MAX_BYTES_KEPT = 64 * 1024 * 1024;

interface StoredEvent extends Message {
  readonly subject: string;
  readonly sequence: number;
}

/** The one event that a durable name has begun and not finished. `retry` waits for its timer, `ready` for a taker. */
type Current =
  | { readonly state: "delivered"; readonly event: StoredEvent; readonly count: number; readonly timer: NodeJS.Timeout }
  | { readonly state: "retry"; readonly event: StoredEvent; readonly count: number; readonly timer: NodeJS.Timeout }
  | { readonly state: "ready"; readonly event: StoredEvent; readonly count: number };

class DurableSubscriber {
  readonly filter: string;
  readonly matches: (subject: string) => boolean;
  readonly subscriptions = new Set<Parking>();
  /** First sequence that this name has not looked at. */
  cursor: number;
  #current: Current | undefined;

  constructor(filter: string, cursor: number) {
    this.filter = filter;
    this.matches = compileFilter(filter);
    this.cursor = cursor;
  }

  get current(): Current | undefined {
    return this.#current;
  }

  wake(): void {
    for (const parking of this.subscriptions) parking.wake();
  }

  deliver(event: StoredEvent, count: number, ackWaitMs: number): EventDelivery {
    const timer = setTimeout(() => this.#retry(event, count, 0), ackWaitMs);
    this.#become({ state: "delivered", event, count, timer });
    return {
      subject: event.subject,
      id: event.id,
      data: event.data,
      headers: event.headers,
      sequence: event.sequence,
      deliveryCount: count,
      ack: async () => {
        if (this.#current?.event !== event) return;
        this.#become(undefined);
        this.wake();
      },
      nak: async (delayMs = 0) => {
        assertWhole(delayMs, "delayMs", 0);
        if (this.#current?.state === "delivered") this.#retry(event, count, delayMs);
      },
    };
  }

  close(): void {
    this.#become(undefined);
    for (const parking of this.subscriptions) parking.close();
    this.subscriptions.clear();
  }

  #retry(event: StoredEvent, count: number, delayMs: number): void {
    if (this.#current?.event !== event || this.#current.count !== count) return;
    const ready = () => {
      this.#become({ state: "ready", event, count });
      this.wake();
    };
    if (delayMs === 0) ready();
    else this.#become({ state: "retry", event, count, timer: setTimeout(ready, delayMs) });
  }

  #become(next: Current | undefined): void {
    if (this.#current && this.#current.state !== "ready") clearTimeout(this.#current.timer);
    this.#current = next;
  }
}

/** Events of one process: a log of the newest ones, and per durable name a cursor into it. */
export class MemoryEvents implements Events {
  readonly #assertOpen: () => void;
  readonly #recentIds: RecentIds;
  readonly #durables = new Map<string, DurableSubscriber>();
  readonly #log: StoredEvent[] = [];
  #logBytes = 0;
  #nextSequence = 1;

  constructor(assertOpen: () => void, recentIds: RecentIds) {
    this.#assertOpen = assertOpen;
    this.#recentIds = recentIds;
  }

  async publish(subject: string, data: Uint8Array, options: PublishOptions): Promise<PublishResult> {
    this.#assertOpen();
    options.signal?.throwIfAborted();
    assertSubject(subject);
    const message = sealMessage(data, options.id, options.headers);
    if (!this.#recentIds.add(options.id)) return { duplicate: true };
    this.#append({ ...message, subject, sequence: this.#nextSequence++ });
    for (const durable of this.#durables.values()) if (durable.matches(subject)) durable.wake();
    return { duplicate: false };
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#assertOpen();
    options.signal?.throwIfAborted();
    assertName(options.name, "options.name");
    const ackWaitMs = options.ackWaitMs ?? DEFAULT_ACK_WAIT_MS;
    assertWhole(ackWaitMs, "options.ackWaitMs", 1);
    const durable = this.#durable(options);
    const parking = new Parking();
    durable.subscriptions.add(parking);
    const close = () => {
      durable.subscriptions.delete(parking);
      parking.close();
    };
    const events = takeForever(() => this.#take(durable, ackWaitMs), parking, options.signal);
    return {
      async *[Symbol.asyncIterator]() {
        try {
          yield* events;
        } finally {
          close();
        }
      },
      close: async () => close(),
    };
  }

  async unsubscribe(name: string, options?: WaitOptions): Promise<boolean> {
    this.#assertOpen();
    options?.signal?.throwIfAborted();
    this.#durables.get(name)?.close();
    return this.#durables.delete(name);
  }

  close(): void {
    for (const durable of this.#durables.values()) durable.close();
    this.#durables.clear();
  }

  #durable({ name, filter, from }: SubscribeOptions): DurableSubscriber {
    const known = this.#durables.get(name);
    if (known) {
      if (known.filter === filter) return known;
      throw new BusError(
        "SUBSCRIBER_EXISTS",
        `subscriber ${name} listens to ${known.filter}; unsubscribe it before it can listen to ${filter}`,
        { field: "options.filter", value: filter },
      );
    }
    const durable = new DurableSubscriber(filter, from === "new" ? this.#nextSequence : 1);
    this.#durables.set(name, durable);
    return durable;
  }

  #append(event: StoredEvent): void {
    this.#log.push(event);
    this.#logBytes += event.data.byteLength;
    while (this.#log.length > MAX_EVENTS_KEPT || this.#logBytes > MAX_BYTES_KEPT) {
      this.#logBytes -= this.#log.shift()?.data.byteLength ?? 0;
    }
  }

  #take(durable: DurableSubscriber, ackWaitMs: number): EventDelivery | undefined {
    const { current } = durable;
    if (current?.state === "ready") return durable.deliver(current.event, current.count + 1, ackWaitMs);
    if (current) return undefined;
    const oldest = this.#nextSequence - this.#log.length;
    for (let sequence = Math.max(durable.cursor, oldest); sequence < this.#nextSequence; sequence++) {
      durable.cursor = sequence + 1;
      const event = this.#log[sequence - oldest];
      if (event && durable.matches(event.subject)) return durable.deliver(event, 1, ackWaitMs);
    }
    return undefined;
  }
}
