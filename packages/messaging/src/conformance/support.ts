import type { Bus } from "../bus.ts";

/** A bus that the suite may close, and open again on the same storage. */
export interface BusUnderTest {
  readonly bus: Bus;
  /** Closes this bus and opens one on what it left behind. */
  reopen(): Promise<BusUnderTest>;
  /** Closes the bus and removes its storage. */
  dispose(): Promise<void>;
}

export interface Current {
  bus(): Bus;
  reopen(): Promise<Bus>;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string | undefined => data && new TextDecoder().decode(data);
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Hands out the items of an iterable one by one, with a limit on the waiting. */
export class Reader<T> {
  readonly #iterator: AsyncIterator<T>;
  #pending: Promise<IteratorResult<T>> | undefined;

  constructor(iterable: AsyncIterable<T>) {
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  /** Next item; throws when none comes in time or the iteration ended. */
  async next(withinMs = 5000): Promise<T> {
    const item = await this.poll(withinMs);
    if (item === undefined) throw new Error(`nothing came within ${withinMs} ms`);
    return item;
  }

  /** Next item, or undefined when none comes in time; what comes later is kept for the next call. */
  async poll(withinMs: number): Promise<T | undefined> {
    this.#pending ??= this.#iterator.next();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), withinMs);
    });
    const result = await Promise.race([this.#pending, timeout]);
    clearTimeout(timer);
    if (result === undefined) return undefined;
    this.#pending = undefined;
    if (result.done) throw new Error("the iteration ended");
    return result.value;
  }
}
