import { expect, it } from "vitest";
import { Reader } from "../conformance/support.ts";
import { MAX_DELIVERIES_REACHED } from "../work.ts";
import { MemoryWork } from "./memory-work.ts";

const open = () => {};
const data = new Uint8Array(1);

it("buries an item at once when its last lease ends, though nobody consumes", async () => {
  const work = new MemoryWork(open, 60_000);
  const queue = await work.open("w", { leaseMs: 20, maxDeliveries: 1 });
  await queue.enqueue(data, { id: "1" });
  await new Reader(queue.consume()).next();
  const letter = await new Reader(queue.watchDeadLetters()).next();
  expect([letter.id, letter.reason]).toEqual(["1", MAX_DELIVERIES_REACHED]);
  expect(await queue.depth()).toEqual({ ready: 0, leased: 0 });
  work.close();
});

it("buries waiting items that a lowered limit leaves without a try", async () => {
  const work = new MemoryWork(open, 60_000);
  const queue = await work.open("w", { leaseMs: 60_000, maxDeliveries: 3 });
  for (const id of ["tried", "fresh"]) await queue.enqueue(data, { id });
  const taker = new Reader(queue.consume());
  const tried = await taker.next();
  const fresh = await taker.next();
  await tried.nak();
  await work.open("w", { leaseMs: 60_000, maxDeliveries: 1 });
  expect(await taker.poll(20)).toBeUndefined();
  expect((await queue.deadLetters()).map((letter) => letter.id)).toEqual(["tried"]);
  await fresh.ack();
  expect(await queue.depth()).toEqual({ ready: 0, leased: 0 });
  work.close();
});

it("keeps the newest thousand dead letters, also for a watcher that comes late", async () => {
  const work = new MemoryWork(open, 60_000);
  const queue = await work.open("w", { leaseMs: 60_000, maxDeliveries: 1 });
  for (let i = 0; i < 1003; i++) await queue.enqueue(data, { id: String(i) });
  const taker = new Reader(queue.consume());
  for (let i = 0; i < 1003; i++) await (await taker.next()).term("HOPELESS");
  const letters = await queue.deadLetters();
  expect([letters.length, letters[0]?.id, letters.at(-1)?.id]).toEqual([1000, "3", "1002"]);
  expect((await new Reader(queue.watchDeadLetters()).next()).id).toBe("3");
  work.close();
});

it("gives items to as many takers as there are, none twice", async () => {
  const work = new MemoryWork(open, 60_000);
  const queue = await work.open("w", { leaseMs: 60_000, maxDeliveries: 3 });
  const abort = new AbortController();
  const taken: string[] = [];
  const takers = Array.from({ length: 8 }, async () => {
    for await (const item of queue.consume({ signal: abort.signal })) {
      taken.push(item.id);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await item.ack();
      if (taken.length === 200) abort.abort();
    }
  });
  for (let i = 0; i < 200; i++) await queue.enqueue(data, { id: String(i) });
  await Promise.all(takers);
  expect(new Set(taken).size).toBe(200);
  work.close();
});
