import { expect, it } from "vitest";
import { Reader } from "../conformance/support.ts";
import { MemoryEvents } from "./memory-events.ts";
import { MemoryWork } from "./memory-work.ts";
import { RecentIds } from "./recent-ids.ts";

const open = () => {};

it("keeps the newest ten thousand events for a subscriber that comes late", async () => {
  const events = new MemoryEvents(open, new RecentIds(60_000));
  for (let i = 0; i < 10_005; i++) await events.publish("e", new Uint8Array(1), { id: String(i) });
  const subscription = await events.subscribe({ name: "late", filter: ">" });
  const ids: string[] = [];
  for await (const event of subscription) {
    ids.push(event.id);
    await event.ack();
    if (event.id === "10004") break;
  }
  expect([ids.length, ids[0]]).toEqual([10_000, "5"]);
  events.close();
});

it("keeps no more than 64 MiB of events", async () => {
  const events = new MemoryEvents(open, new RecentIds(60_000));
  const big = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 70; i++) await events.publish("e", big, { id: String(i) });
  const reader = new Reader(await events.subscribe({ name: "late", filter: ">" }));
  expect((await reader.next()).id).toBe("6");
  events.close();
});

/** CPU time: what the bus costs, whatever else the machine does. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

it("takes well under 0.1 ms for an event or a work item", async () => {
  const events = new MemoryEvents(open, new RecentIds(60_000));
  const queue = await new MemoryWork(open, 60_000).open("w", { leaseMs: 60_000, maxDeliveries: 3 });
  const count = 5000;
  const subscription = await events.subscribe({ name: "s", filter: "a.>" });
  const began = cpuMs();
  const reading = (async () => {
    let seen = 0;
    for await (const event of subscription) {
      await event.ack();
      if (++seen === count) return;
    }
  })();
  for (let i = 0; i < count; i++) await events.publish("a.b", new Uint8Array(100), { id: String(i) });
  await reading;
  const perEvent = (cpuMs() - began) / count;
  const workBegan = cpuMs();
  for (let i = 0; i < count; i++) await queue.enqueue(new Uint8Array(100), { id: String(i) });
  let taken = 0;
  for await (const item of queue.consume()) {
    await item.ack();
    if (++taken === count) break;
  }
  const perItem = (cpuMs() - workBegan) / count;
  expect(perEvent).toBeLessThan(0.1);
  expect(perItem).toBeLessThan(0.1);
  events.close();
});

it("forgets an id after the window", () => {
  let now = 0;
  const ids = new RecentIds(100, () => now);
  expect(ids.add("a")).toBe(true);
  now = 60;
  expect(ids.add("b")).toBe(true);
  now = 99;
  expect(ids.add("a")).toBe(false);
  now = 100;
  expect(ids.add("a")).toBe(true);
  expect(ids.add("b")).toBe(false);
  expect(ids.size).toBe(2);
});
