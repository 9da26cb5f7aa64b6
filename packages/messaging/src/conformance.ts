import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeEvents } from "./conformance/events-conformance.ts";
import { describeKeyValue } from "./conformance/key-value-conformance.ts";
import type { BusUnderTest, Current } from "./conformance/support.ts";
import { describeWork } from "./conformance/work-conformance.ts";
import { type Bus, BusError } from "./index.ts";

export type { BusUnderTest } from "./conformance/support.ts";

/**
 * What every bus promises, as tests. `start` gives a bus whose storage is new; the suite closes it by `dispose`.
 * Where `durability` says `durable` the suite expects the state to survive `reopen`, where it says `memory` it
 * expects it to be gone.
 */
export function describeBus(name: string, start: () => Promise<BusUnderTest>): void {
  describe(`${name} keeps the promises of a bus`, () => {
    let current: BusUnderTest;
    beforeEach(async () => {
      current = await start();
    });
    afterEach(() => current.dispose());
    const get: Current = {
      bus: () => current.bus,
      reopen: async () => {
        current = await current.reopen();
        return current.bus;
      },
    };

    describeEvents(get);
    describeWork(get);
    describeKeyValue(get);
    describeClose(get);
  });
}

function describeClose(current: Current): void {
  describe("close", () => {
    it("ends every iterator that waits, and may be called twice", async () => {
      const bus = current.bus();
      const subscription = await bus.events.subscribe({ name: "sub", filter: ">" });
      const queue = await bus.work.open("work.q", { leaseMs: 60_000, maxDeliveries: 3 });
      const bucket = await bus.kv.open("bucket");
      const ends = [subscription, queue.consume(), queue.watchDeadLetters(), bucket.watch()].map(async (iterable) => {
        for await (const item of iterable) expect(item).toBeUndefined();
        return "ended";
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await bus.close();
      await bus.close();
      expect(await Promise.all(ends)).toEqual(["ended", "ended", "ended", "ended"]);
    });

    it("refuses calls afterwards with BUS_CLOSED", async () => {
      const bus = current.bus();
      const queue = await bus.work.open("work.q", { leaseMs: 60_000, maxDeliveries: 3 });
      const bucket = await bus.kv.open("bucket");
      await bus.close();
      const data = new Uint8Array(1);
      const calls: (() => Promise<unknown>)[] = [
        () => bus.events.publish("a", data, { id: "1" }),
        () => bus.events.subscribe({ name: "late", filter: ">" }),
        () => bus.work.open("work.q", { leaseMs: 1, maxDeliveries: 1 }),
        () => queue.enqueue(data, { id: "1" }),
        () => bus.kv.open("bucket"),
        () => bucket.get("a"),
        () => bucket.put("a", data),
        () => bucket.keys(),
      ];
      for (const call of calls) {
        const error = await call().catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(BusError);
        expect((error as BusError).reason).toBe("BUS_CLOSED");
      }
    });

    it("rejects calls whose signal is aborted, with the signal's reason", async () => {
      const bus: Bus = current.bus();
      const signal = AbortSignal.abort(new Error("enough"));
      const bucket = await bus.kv.open("bucket");
      const queue = await bus.work.open("work.q", { leaseMs: 60_000, maxDeliveries: 3 });
      await expect(bus.events.publish("a", new Uint8Array(1), { id: "1", signal })).rejects.toThrow("enough");
      await expect(bus.events.subscribe({ name: "s", filter: ">", signal })).rejects.toThrow("enough");
      await expect(queue.enqueue(new Uint8Array(1), { id: "1", signal })).rejects.toThrow("enough");
      await expect(bucket.create("a", new Uint8Array(1), { signal })).rejects.toThrow("enough");
      expect(await bucket.get("a")).toBeUndefined();
    });
  });
}
