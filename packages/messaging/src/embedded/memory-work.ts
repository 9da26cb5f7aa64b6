import type { WaitOptions } from "../bus.ts";
import { assertSubject } from "../subject.ts";
import {
  type DeadLetter,
  type EnqueueOptions,
  type EnqueueResult,
  MAX_DELIVERIES_REACHED,
  type QueueDepth,
  type QueueOptions,
  type Work,
  type WorkItem,
  type WorkQueue,
} from "../work.ts";
import { assertWhole, type Message, sealMessage } from "./message.ts";
import { Parking, takeForever } from "./parking.ts";
import { RecentIds } from "./recent-ids.ts";

/** More than anybody reads; keeps a queue whose every item fails from growing without end. */
const MAX_DEAD_LETTERS_KEPT = 1000;
/** A bound for typing errors (1e9 for 10); nobody retries so often. */
const MAX_MAX_DELIVERIES = 1000;

/** `ready` waits for a taker; `delayed` and `leased` for their timer; `settled` is out of the queue. */
type ItemState =
  | { readonly kind: "ready" }
  | { readonly kind: "delayed"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "leased"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "settled" };

interface QueuedItem {
  readonly message: Message;
  deliveries: number;
  state: ItemState;
}

class MemoryQueue implements WorkQueue {
  readonly name: string;
  options: QueueOptions;
  readonly #assertOpen: () => void;
  readonly #recentIds: RecentIds;
  readonly #takers = new Parking();
  readonly #deadWatchers = new Parking();
  readonly #ready = new Set<QueuedItem>();
  readonly #waiting = new Set<QueuedItem>();
  readonly #dead: DeadLetter[] = [];
  /** Dead letters ever made; with the length of `#dead` it gives each one's place for watchers. */
  #deadCount = 0;

  constructor(name: string, options: QueueOptions, assertOpen: () => void, duplicateWindowMs: number) {
    this.name = name;
    this.options = options;
    this.#assertOpen = assertOpen;
    this.#recentIds = new RecentIds(duplicateWindowMs);
  }

  async enqueue(data: Uint8Array, options: EnqueueOptions): Promise<EnqueueResult> {
    this.#assertOpen();
    options.signal?.throwIfAborted();
    const message = sealMessage(data, options.id, options.headers);
    if (!this.#recentIds.add(options.id)) return { duplicate: true };
    this.#makeReady({ message, deliveries: 0, state: { kind: "ready" } });
    return { duplicate: false };
  }

  consume(options?: WaitOptions): AsyncIterable<WorkItem> {
    this.#assertOpen();
    return takeForever(() => this.#take(), this.#takers, options?.signal);
  }

  async deadLetters(options?: WaitOptions): Promise<DeadLetter[]> {
    this.#assertOpen();
    options?.signal?.throwIfAborted();
    return [...this.#dead];
  }

  watchDeadLetters(options?: WaitOptions): AsyncIterable<DeadLetter> {
    this.#assertOpen();
    let seen = 0;
    const take = () => {
      const oldest = this.#deadCount - this.#dead.length;
      seen = Math.max(seen, oldest);
      return seen < this.#deadCount ? this.#dead[seen++ - oldest] : undefined;
    };
    return takeForever(take, this.#deadWatchers, options?.signal);
  }

  async depth(options?: WaitOptions): Promise<QueueDepth> {
    this.#assertOpen();
    options?.signal?.throwIfAborted();
    const leased = [...this.#waiting].filter((item) => item.state.kind === "leased").length;
    return { ready: this.#ready.size + this.#waiting.size - leased, leased };
  }

  close(): void {
    for (const item of this.#waiting) this.#leave(item);
    this.#ready.clear();
    this.#takers.close();
    this.#deadWatchers.close();
  }

  #take(): WorkItem | undefined {
    for (const item of this.#ready) {
      if (item.deliveries < this.options.maxDeliveries) return this.#lease(item);
      // The limit was lowered by a later opening while the item waited.
      this.#bury(item, MAX_DELIVERIES_REACHED);
    }
    return undefined;
  }

  #lease(item: QueuedItem): WorkItem {
    item.deliveries++;
    const { deliveries, message } = item;
    const holds = () => item.state.kind === "leased" && item.deliveries === deliveries;
    const startTimer = () => this.#wait(item, "leased", this.options.leaseMs, () => this.#return(item));
    startTimer();
    return {
      ...message,
      deliveryCount: deliveries,
      extend: async () => {
        if (holds()) startTimer();
      },
      ack: async () => this.#settle(item),
      nak: async (delayMs = 0) => {
        assertWhole(delayMs, "delayMs", 0);
        if (!holds()) return;
        if (delayMs === 0 || item.deliveries >= this.options.maxDeliveries) this.#return(item);
        else this.#wait(item, "delayed", delayMs, () => this.#makeReady(item));
      },
      term: async (reason) => {
        if (holds()) this.#bury(item, reason);
      },
    };
  }

  /** A delivery failed: back into the queue, or out of it when that was the last one. */
  #return(item: QueuedItem): void {
    if (item.deliveries >= this.options.maxDeliveries) this.#bury(item, MAX_DELIVERIES_REACHED);
    else this.#makeReady(item);
  }

  #bury(item: QueuedItem, reason: string): void {
    this.#settle(item);
    this.#dead.push({ ...item.message, deliveryCount: item.deliveries, reason });
    this.#deadCount++;
    if (this.#dead.length > MAX_DEAD_LETTERS_KEPT) this.#dead.shift();
    this.#deadWatchers.wake();
  }

  #settle(item: QueuedItem): void {
    this.#leave(item);
    item.state = { kind: "settled" };
  }

  #makeReady(item: QueuedItem): void {
    this.#leave(item);
    item.state = { kind: "ready" };
    this.#ready.add(item);
    this.#takers.wake();
  }

  #wait(item: QueuedItem, kind: "delayed" | "leased", delayMs: number, then: () => void): void {
    this.#leave(item);
    item.state = { kind, timer: setTimeout(then, delayMs) };
    this.#waiting.add(item);
  }

  #leave(item: QueuedItem): void {
    if (item.state.kind === "delayed" || item.state.kind === "leased") clearTimeout(item.state.timer);
    this.#ready.delete(item);
    this.#waiting.delete(item);
  }
}

/** Work queues of one process. */
export class MemoryWork implements Work {
  readonly #assertOpen: () => void;
  readonly #duplicateWindowMs: number;
  readonly #queues = new Map<string, MemoryQueue>();

  constructor(assertOpen: () => void, duplicateWindowMs: number) {
    this.#assertOpen = assertOpen;
    this.#duplicateWindowMs = duplicateWindowMs;
  }

  async open(name: string, options: QueueOptions, wait?: WaitOptions): Promise<WorkQueue> {
    this.#assertOpen();
    wait?.signal?.throwIfAborted();
    assertSubject(name, "name");
    assertWhole(options.leaseMs, "options.leaseMs", 1);
    assertWhole(options.maxDeliveries, "options.maxDeliveries", 1, MAX_MAX_DELIVERIES);
    const known = this.#queues.get(name);
    if (known) known.options = { ...options };
    const queue = known ?? new MemoryQueue(name, { ...options }, this.#assertOpen, this.#duplicateWindowMs);
    this.#queues.set(name, queue);
    return queue;
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }
}
