import { describe, expect, it } from "vitest";
import { MAX_DELIVERIES_REACHED } from "../work.ts";
import { bytes, type Current, Reader, sleep, text } from "./support.ts";

const QUIET_MS = 120;
const LEASE_MS = 250;
const LONG = { leaseMs: 60_000, maxDeliveries: 3 };
const SHORT = { leaseMs: LEASE_MS, maxDeliveries: 3 };

export function describeWork(current: Current): void {
  describe("work", () => {
    it("gives each item to one taker, first in first out, and never again once acknowledged", async () => {
      const queue = await current.bus().work.open("work.q", SHORT);
      for (let i = 0; i < 6; i++) await queue.enqueue(bytes(`d${i}`), { id: `i${i}`, headers: { n: String(i) } });
      const takers = [new Reader(queue.consume()), new Reader(queue.consume())];
      const got = [];
      for (let i = 0; i < 6; i++) {
        const item = await (takers[i % 2] as (typeof takers)[0]).next();
        got.push([item.id, text(item.data), item.headers["n"], item.deliveryCount]);
        await item.ack();
      }
      expect(got).toEqual(Array.from({ length: 6 }, (_, i) => [`i${i}`, `d${i}`, String(i), 1]));
      expect(await takers[0]?.poll(LEASE_MS + QUIET_MS)).toBeUndefined();
      expect(await queue.depth()).toEqual({ ready: 0, leased: 0 });
    });

    it("drops a second item with the same id, settled or not; queues are apart", async () => {
      const { work } = current.bus();
      const queue = await work.open("work.q", LONG);
      expect(await queue.enqueue(bytes("1"), { id: "same" })).toEqual({ duplicate: false });
      expect(await queue.enqueue(bytes("2"), { id: "same" })).toEqual({ duplicate: true });
      const taker = new Reader(queue.consume());
      const item = await taker.next();
      expect(text(item.data)).toBe("1");
      await item.ack();
      expect(await queue.enqueue(bytes("3"), { id: "same" })).toEqual({ duplicate: true });
      expect(await taker.poll(QUIET_MS)).toBeUndefined();
      const other = await work.open("work.other", LONG);
      expect(await other.enqueue(bytes("4"), { id: "same" })).toEqual({ duplicate: false });
      expect(text((await new Reader(other.consume()).next()).data)).toBe("4");
    });

    it("holds nothing for a taker that does not ask", async () => {
      const queue = await current.bus().work.open("work.q", LONG);
      await queue.enqueue(bytes("1"), { id: "1" });
      await queue.enqueue(bytes("2"), { id: "2" });
      const busy = new Reader(queue.consume());
      await busy.next();
      expect(await queue.depth()).toEqual({ ready: 1, leased: 1 });
      expect((await new Reader(queue.consume()).next()).id).toBe("2");
    });

    it("gives an item to another when the lease ended, and counts", async () => {
      const queue = await current.bus().work.open("work.q", SHORT);
      await queue.enqueue(bytes("1"), { id: "1" });
      const stalled = await new Reader(queue.consume()).next();
      const taker = new Reader(queue.consume());
      const again = await taker.next();
      expect([again.id, again.deliveryCount]).toEqual(["1", 2]);
      await again.ack();
      await stalled.ack();
      await stalled.extend();
      expect(await taker.poll(LEASE_MS + QUIET_MS)).toBeUndefined();
    });

    it("keeps an item with the taker that extends", async () => {
      const queue = await current.bus().work.open("work.q", SHORT);
      await queue.enqueue(bytes("1"), { id: "1" });
      const item = await new Reader(queue.consume()).next();
      const other = new Reader(queue.consume());
      for (let i = 0; i < 6; i++) {
        expect(await other.poll(LEASE_MS / 3)).toBeUndefined();
        await item.extend();
      }
      await item.ack();
      expect(await other.poll(LEASE_MS + QUIET_MS)).toBeUndefined();
    });

    it("delivers again after a nak, not before its delay", async () => {
      const queue = await current.bus().work.open("work.q", LONG);
      await queue.enqueue(bytes("1"), { id: "1" });
      const taker = new Reader(queue.consume());
      await (await taker.next()).nak();
      const second = await taker.next();
      expect(second.deliveryCount).toBe(2);
      const refusedAt = performance.now();
      await second.nak(150);
      const third = await taker.next();
      expect(performance.now() - refusedAt).toBeGreaterThan(130);
      expect(third.deliveryCount).toBe(3);
    });

    it("buries what failed too often, by refusal or by silence, with its reason", async () => {
      const queue = await current.bus().work.open("work.q", { leaseMs: LEASE_MS, maxDeliveries: 2 });
      await queue.enqueue(bytes("poison"), { id: "refused", headers: { kind: "test" } });
      const taker = new Reader(queue.consume());
      const dead = new Reader(queue.watchDeadLetters());
      await (await taker.next()).nak();
      await (await taker.next()).nak();
      expect(await taker.poll(QUIET_MS)).toBeUndefined();
      const letter = await dead.next();
      expect({ ...letter, data: text(letter.data) }).toEqual({
        id: "refused",
        data: "poison",
        headers: { kind: "test" },
        deliveryCount: 2,
        reason: MAX_DELIVERIES_REACHED,
      });
      await queue.enqueue(bytes(""), { id: "silent" });
      await taker.next();
      await taker.next();
      expect(await taker.poll(LEASE_MS + QUIET_MS)).toBeUndefined();
      expect((await dead.next()).id).toBe("silent");
      expect((await queue.deadLetters()).map((each) => each.id)).toEqual(["refused", "silent"]);
    });

    it("buries at once what is hopeless", async () => {
      const queue = await current.bus().work.open("work.q", LONG);
      await queue.enqueue(bytes("1"), { id: "1" });
      const taker = new Reader(queue.consume());
      const item = await taker.next();
      await item.term("RECORD_INVALID");
      await item.term("again");
      expect(await taker.poll(QUIET_MS)).toBeUndefined();
      const letters = await queue.deadLetters();
      expect(letters.map(({ id, reason, deliveryCount }) => [id, reason, deliveryCount])).toEqual([
        ["1", "RECORD_INVALID", 1],
      ]);
      expect((await new Reader(queue.watchDeadLetters()).next()).id).toBe("1");
    });

    it("uses the options of the last opening", async () => {
      const { work } = current.bus();
      await (await work.open("work.q", LONG)).enqueue(bytes("1"), { id: "1" });
      const queue = await work.open("work.q", { leaseMs: LEASE_MS, maxDeliveries: 1 });
      await new Reader(queue.consume()).next();
      expect(await new Reader(queue.consume()).poll(LEASE_MS + QUIET_MS)).toBeUndefined();
      expect((await queue.deadLetters()).map((each) => each.id)).toEqual(["1"]);
    });

    it("ends when the signal aborts, and leaves items for others", async () => {
      const queue = await current.bus().work.open("work.q", LONG);
      const abort = new AbortController();
      const ended = (async () => {
        for await (const item of queue.consume({ signal: abort.signal })) await item.ack();
      })();
      await sleep(10);
      abort.abort();
      await ended;
      await queue.enqueue(bytes("1"), { id: "1" });
      expect((await new Reader(queue.consume()).next()).id).toBe("1");
    });

    it("refuses bad names and options", async () => {
      const { work } = current.bus();
      const refuse = (reason: string, field: string) => expect.objectContaining({ name: "BusError", reason, field });
      await expect(work.open("work.*", LONG)).rejects.toEqual(refuse("INVALID_SUBJECT", "name"));
      await expect(work.open("w", { ...LONG, leaseMs: 0 })).rejects.toEqual(
        refuse("INVALID_OPTION", "options.leaseMs"),
      );
      await expect(work.open("w", { ...LONG, maxDeliveries: 1.5 })).rejects.toEqual(
        refuse("INVALID_OPTION", "options.maxDeliveries"),
      );
    });

    it("keeps or loses items at a restart, as it says", async () => {
      const before = await current.bus().work.open("work.q", SHORT);
      for (const id of ["waiting", "taken", "done"]) await before.enqueue(bytes(id), { id });
      const taker = new Reader(before.consume());
      for (let i = 0; i < 3; i++) {
        const item = await taker.next();
        if (item.id === "done") await item.ack();
      }
      const { durability, work } = await current.reopen();
      const after = new Reader((await work.open("work.q", SHORT)).consume());
      const found: string[] = [];
      for (let item = await after.poll(QUIET_MS); item; item = await after.poll(4 * LEASE_MS)) {
        found.push(item.id);
        await item.ack();
      }
      expect(found.sort()).toEqual(durability.work === "durable" ? ["taken", "waiting"] : []);
    });
  });
}
