import { describe, expect, it } from "vitest";
import { bytes, type Current, Reader, text } from "./support.ts";

/** Long enough for a delivery that must not come to have come, on a slow machine too. */
const QUIET_MS = 120;
const ACK_WAIT_MS = 250;

export function describeEvents(current: Current): void {
  describe("events", () => {
    it("delivers in order what the filter matches, with id, headers and count", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: "e.*.done" }));
      await events.publish("e.a.done", bytes("1"), { id: "1", headers: { "ce-type": "done" } });
      await events.publish("e.a.other", bytes("x"), { id: "2" });
      await events.publish("e.a.b.done", bytes("x"), { id: "3" });
      await events.publish("e.b.done", bytes("4"), { id: "4" });
      const first = await reader.next();
      expect({ ...first, data: text(first.data) }).toMatchObject({
        subject: "e.a.done",
        id: "1",
        data: "1",
        headers: { "ce-type": "done" },
        deliveryCount: 1,
      });
      await first.ack();
      const second = await reader.next();
      expect([second.id, text(second.data)]).toEqual(["4", "4"]);
      expect(second.sequence).toBeGreaterThan(first.sequence);
      await second.ack();
      expect(await reader.poll(QUIET_MS)).toBeUndefined();
    });

    it("takes a copy of what is published", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      const data = Buffer.from("mine");
      const publishing = events.publish("e", data, { id: "1" });
      data.fill(0);
      await publishing;
      expect(text((await reader.next()).data)).toBe("mine");
    });

    it("drops a second event with the same id", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      expect(await events.publish("e", bytes("1"), { id: "same" })).toEqual({ duplicate: false });
      expect(await events.publish("e", bytes("2"), { id: "same" })).toEqual({ duplicate: true });
      const only = await reader.next();
      expect(text(only.data)).toBe("1");
      await only.ack();
      expect(await events.publish("e", bytes("3"), { id: "same" })).toEqual({ duplicate: true });
      expect(await reader.poll(QUIET_MS)).toBeUndefined();
    });

    it("holds the next event back until the one before is acknowledged", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      await events.publish("e", bytes("1"), { id: "1" });
      await events.publish("e", bytes("2"), { id: "2" });
      const first = await reader.next();
      expect(await reader.poll(QUIET_MS)).toBeUndefined();
      await first.ack();
      await first.ack();
      expect((await reader.next()).id).toBe("2");
    });

    it("delivers again after a nak, before any later event, and waits as long as it was told", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      await events.publish("e", bytes("1"), { id: "1" });
      await events.publish("e", bytes("2"), { id: "2" });
      await (await reader.next()).nak();
      const second = await reader.next();
      expect([second.id, second.deliveryCount]).toEqual(["1", 2]);
      const refusedAt = performance.now();
      await second.nak(150);
      const third = await reader.next();
      expect([third.id, third.deliveryCount]).toEqual(["1", 3]);
      expect(performance.now() - refusedAt).toBeGreaterThan(130);
      await third.ack();
      expect((await reader.next()).id).toBe("2");
    });

    it("delivers again what nobody acknowledged in time", async () => {
      const { events } = current.bus();
      const reader = new Reader(await events.subscribe({ name: "sub", filter: ">", ackWaitMs: ACK_WAIT_MS }));
      await events.publish("e", bytes("1"), { id: "1" });
      const first = await reader.next();
      const again = await reader.next();
      expect([again.id, again.deliveryCount]).toEqual(["1", 2]);
      await again.ack();
      await first.ack();
      expect(await reader.poll(ACK_WAIT_MS + QUIET_MS)).toBeUndefined();
    });

    it("keeps a durable name's place while it is away", async () => {
      const { events } = current.bus();
      await events.publish("e", bytes("0"), { id: "0" });
      const before = await events.subscribe({ name: "sub", filter: ">" });
      const reader = new Reader(before);
      await (await reader.next()).ack();
      await before.close();
      await events.publish("e", bytes("1"), { id: "1" });
      await events.publish("e", bytes("2"), { id: "2" });
      const back = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      for (const id of ["1", "2"]) {
        const event = await back.next();
        expect(event.id).toBe(id);
        await event.ack();
      }
    });

    it("begins a new name at the oldest event, or with the next one if asked to; forgets a name when told", async () => {
      const { events } = current.bus();
      await events.publish("e", bytes("1"), { id: "1" });
      const late = new Reader(await events.subscribe({ name: "late", filter: ">", from: "new" }));
      const early = new Reader(await events.subscribe({ name: "early", filter: ">" }));
      await events.publish("e", bytes("2"), { id: "2" });
      expect((await late.next()).id).toBe("2");
      const first = await early.next();
      expect(first.id).toBe("1");
      await first.ack();
      expect(await events.unsubscribe("early")).toBe(true);
      expect(await events.unsubscribe("early")).toBe(false);
      const afresh = new Reader(await events.subscribe({ name: "early", filter: ">" }));
      expect((await afresh.next()).id).toBe("1");
    });

    it("gives each name every event, and each event of one name to one of its subscriptions", async () => {
      const { events } = current.bus();
      const other = new Reader(await events.subscribe({ name: "other", filter: ">" }));
      const shared = await Promise.all([1, 2].map(() => events.subscribe({ name: "shared", filter: ">" })));
      const got: string[] = [];
      const loops = shared.map(async (subscription) => {
        for await (const event of subscription) {
          got.push(event.id);
          await event.ack();
          if (got.length === 20) await Promise.all(shared.map((each) => each.close()));
        }
      });
      for (let i = 0; i < 20; i++) await events.publish("e", bytes(""), { id: String(i) });
      await Promise.all(loops);
      expect(got).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
      expect((await other.next()).id).toBe("0");
    });

    it("ends when the signal aborts", async () => {
      const { events } = current.bus();
      const abort = new AbortController();
      const subscription = await events.subscribe({ name: "sub", filter: ">", signal: abort.signal });
      const ended = (async () => {
        for await (const event of subscription) expect(event).toBeUndefined();
      })();
      abort.abort();
      await ended;
    });

    it("refuses bad subjects, filters, names, and a name with another filter", async () => {
      const { events, limits } = current.bus();
      const refuse = (reason: string) => expect.objectContaining({ name: "BusError", reason });
      await expect(events.publish("e.*", bytes(""), { id: "1" })).rejects.toEqual(refuse("INVALID_SUBJECT"));
      await expect(events.publish("e", bytes(""), { id: "" })).rejects.toEqual(refuse("INVALID_OPTION"));
      await expect(events.subscribe({ name: "s", filter: "a.>.b" })).rejects.toEqual(refuse("INVALID_FILTER"));
      await expect(events.subscribe({ name: "s.t", filter: ">" })).rejects.toEqual(refuse("INVALID_NAME"));
      const huge = new Uint8Array(limits.maxMessageBytes + 1);
      await expect(events.publish("e", huge, { id: "1" })).rejects.toEqual(refuse("MESSAGE_TOO_LARGE"));
      await events.subscribe({ name: "s", filter: "a.>" });
      await expect(events.subscribe({ name: "s", filter: "b.>" })).rejects.toEqual(refuse("SUBSCRIBER_EXISTS"));
    });

    it("keeps or loses events at a restart, as it says", async () => {
      const before = current.bus();
      await before.events.publish("e", bytes("1"), { id: "1" });
      await before.events.publish("e", bytes("2"), { id: "2" });
      const reader = new Reader(await before.events.subscribe({ name: "sub", filter: ">" }));
      await (await reader.next()).ack();
      const { durability, events } = await current.reopen();
      const after = new Reader(await events.subscribe({ name: "sub", filter: ">" }));
      const event = await after.poll(durability.events === "durable" ? 5000 : QUIET_MS);
      expect(event?.id).toBe(durability.events === "durable" ? "2" : undefined);
    });
  });
}
