import { describe, expect, it } from "vitest";
import type { Bucket, KeyValueChange } from "../key-value.ts";
import { bytes, type Current, Reader, sleep, text } from "./support.ts";

const QUIET_MS = 120;

const readable = ({ key, value, revision }: KeyValueChange) => [key, text(value), revision];

async function revisionOf(bucket: Bucket, key: string): Promise<number> {
  const entry = await bucket.get(key);
  if (!entry) throw new Error(`${key} is missing`);
  return entry.revision;
}

export function describeKeyValue(current: Current): void {
  describe("key-value", () => {
    it("creates once, updates at the expected revision only, deletes, and creates anew", async () => {
      const bucket = await current.bus().kv.open("b");
      expect(await bucket.get("k")).toBeUndefined();
      expect(await bucket.update("k", bytes("x"), 1)).toEqual({ ok: false });
      const created = await bucket.create("k", bytes("1"));
      if (!created.ok) throw new Error("refused");
      expect(await bucket.create("k", bytes("x"))).toEqual({ ok: false });
      const updated = await bucket.update("k", bytes("2"), created.revision);
      if (!updated.ok) throw new Error("refused");
      expect(updated.revision).toBeGreaterThan(created.revision);
      expect(await bucket.update("k", bytes("x"), created.revision)).toEqual({ ok: false });
      const entry = await bucket.get("k");
      expect(entry && readable(entry)).toEqual(["k", "2", updated.revision]);
      expect(await bucket.delete("k", { expectedRevision: created.revision })).toBe(false);
      expect(await bucket.delete("k", { expectedRevision: updated.revision })).toBe(true);
      expect(await bucket.delete("k")).toBe(false);
      expect(await bucket.get("k")).toBeUndefined();
      expect(await bucket.update("k", bytes("x"), updated.revision)).toEqual({ ok: false });
      const again = await bucket.create("k", new Uint8Array(0));
      if (!again.ok) throw new Error("refused");
      expect(again.revision).toBeGreaterThan(updated.revision);
      expect((await bucket.get("k"))?.value).toEqual(new Uint8Array(0));
    });

    it("keeps buckets and values apart from each other and from the caller's buffers", async () => {
      const { kv } = current.bus();
      const [a, b] = [await kv.open("a"), await kv.open("b")];
      const value = Buffer.from("1");
      const writing = a.put("k", value);
      value.fill(0);
      await writing;
      expect(await b.get("k")).toBeUndefined();
      const entry = await a.get("k");
      entry?.value.fill(0);
      expect(text((await a.get("k"))?.value)).toBe("1");
      expect(text((await (await kv.open("a")).get("k"))?.value)).toBe("1");
    });

    it("lets exactly one of many concurrent writers win", async () => {
      const bucket = await current.bus().kv.open("b");
      const creations = await Promise.all(Array.from({ length: 20 }, (_, i) => bucket.create("k", bytes(String(i)))));
      expect(creations.filter((each) => each.ok)).toHaveLength(1);
      const counters = Array.from({ length: 8 }, async () => {
        for (let done = 0; done < 5; ) {
          const entry = await bucket.get("n");
          const next = bytes(String(Number(text(entry?.value) ?? 0) + 1));
          const write = entry ? bucket.update("n", next, entry.revision) : bucket.create("n", next);
          if ((await write).ok) done++;
        }
      });
      await Promise.all(counters);
      expect(text((await bucket.get("n"))?.value)).toBe("40");
    });

    it("lists keys and entries that exist, sorted, by filter", async () => {
      const bucket = await current.bus().kv.open("b");
      for (const key of ["jobs.b", "jobs.a.shards.1", "jobs.a", "jobs.a.shards.0", "runs.x", "jobsx.c"]) {
        await bucket.put(key, bytes(key));
      }
      await bucket.delete("jobs.b");
      expect(await bucket.keys()).toEqual(["jobs.a", "jobs.a.shards.0", "jobs.a.shards.1", "jobsx.c", "runs.x"]);
      expect(await bucket.keys("jobs.>")).toEqual(["jobs.a", "jobs.a.shards.0", "jobs.a.shards.1"]);
      expect(await bucket.keys("jobs.*")).toEqual(["jobs.a"]);
      expect(await bucket.keys("runs.x")).toEqual(["runs.x"]);
      expect(await bucket.keys("none.>")).toEqual([]);
      const shards = await bucket.entries("jobs.*.shards.*");
      expect(shards.map((each) => [each.key, text(each.value)])).toEqual([
        ["jobs.a.shards.0", "jobs.a.shards.0"],
        ["jobs.a.shards.1", "jobs.a.shards.1"],
      ]);
    });

    it("watches what exists, then every change, in order", async () => {
      const bucket = await current.bus().kv.open("b");
      const b = await bucket.put("x.b", bytes("1"));
      const a = await bucket.put("x.a", bytes("2"));
      await bucket.put("x.gone", bytes("3"));
      await bucket.delete("x.gone");
      await bucket.put("y.a", bytes("4"));
      const reader = new Reader(bucket.watch("x.*"));
      expect(readable(await reader.next())).toEqual(["x.b", "1", b]);
      expect(readable(await reader.next())).toEqual(["x.a", "2", a]);
      expect(await reader.poll(QUIET_MS)).toBeUndefined();
      const changed = await bucket.put("x.b", bytes("5"));
      expect(readable(await reader.next())).toEqual(["x.b", "5", changed]);
      await bucket.put("y.a", bytes("6"));
      await bucket.delete("x.a");
      const deleted = await reader.next();
      expect([deleted.key, deleted.value]).toEqual(["x.a", undefined]);
      expect(deleted.revision).toBeGreaterThan(changed);
    });

    it("watches from a revision on, deletions included", async () => {
      const bucket = await current.bus().kv.open("b");
      await bucket.put("old", bytes("1"));
      await bucket.put("gone", bytes("2"));
      const seen = await revisionOf(bucket, "gone");
      await bucket.delete("gone");
      const put = await bucket.put("new", bytes("3"));
      const reader = new Reader(bucket.watch(">", { fromRevision: seen + 1 }));
      const first = await reader.next();
      expect([first.key, first.value]).toEqual(["gone", undefined]);
      expect(readable(await reader.next())).toEqual(["new", "3", put]);
      expect(await reader.poll(QUIET_MS)).toBeUndefined();
    });

    it("never misses the newest of a key, while writes are under way", async () => {
      const bucket = await current.bus().kv.open("b");
      const writes = Array.from({ length: 300 }, (_, i) => bucket.put(`k${i % 7}`, bytes(String(i))));
      const newest = new Map<string, string | undefined>();
      const abort = new AbortController();
      let last = 0;
      const watching = (async () => {
        for await (const { key, value, revision } of bucket.watch(">", { signal: abort.signal })) {
          expect(revision).toBeGreaterThan(last);
          last = revision;
          newest.set(key, text(value));
        }
      })();
      const final = Math.max(...(await Promise.all(writes)));
      for (let waited = 0; last < final && waited < 5000; waited += 10) await sleep(10);
      abort.abort();
      await watching;
      const stored = (await bucket.entries()).map((each) => [each.key, text(each.value)] as const);
      expect(newest).toEqual(new Map(stored));
    });

    it("refuses bad names, keys, filters and values", async () => {
      const { kv, limits } = current.bus();
      const refuse = (reason: string) => expect.objectContaining({ name: "BusError", reason });
      await expect(kv.open("a.b")).rejects.toEqual(refuse("INVALID_NAME"));
      const bucket = await kv.open("b");
      await expect(bucket.put("a..b", bytes(""))).rejects.toEqual(refuse("INVALID_KEY"));
      await expect(bucket.get("a.*")).rejects.toEqual(refuse("INVALID_KEY"));
      await expect(bucket.keys("a b")).rejects.toEqual(refuse("INVALID_FILTER"));
      expect(() => bucket.watch("a..>")).toThrow(refuse("INVALID_FILTER"));
      await expect(bucket.update("k", bytes(""), 0)).rejects.toEqual(refuse("INVALID_OPTION"));
      const huge = new Uint8Array(limits.maxMessageBytes + 1);
      await expect(bucket.put("k", huge)).rejects.toEqual(refuse("MESSAGE_TOO_LARGE"));
    });

    it("keeps or loses values at a restart, as it says; revisions go on", async () => {
      const before = await current.bus().kv.open("b");
      const revision = await before.put("k", bytes("1"));
      await before.put("gone", bytes("2"));
      await before.delete("gone");
      const { durability, kv } = await current.reopen();
      const after = await kv.open("b");
      const durable = durability.kv === "durable";
      expect((await after.entries()).map(readable)).toEqual(durable ? [["k", "1", revision]] : []);
      const updated = await after.update("k", bytes("3"), revision);
      expect(updated.ok && updated.revision > revision + 2).toBe(durable);
    });
  });
}
