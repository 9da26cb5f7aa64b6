import { jobs as contract } from "@srlm/contracts";
import type { Bus, WorkItem, WorkQueue } from "@srlm/messaging";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unavailable } from "../errors/errors.ts";
import { countingKind, gate, moduleOf, requestId, shards, TestBed, testSpec } from "../testing/test-bed.ts";
import type { ShardRun } from "./job-kind.ts";
import { MAX_DELIVERIES } from "./job-queues.ts";
import { JobStore } from "./job-store.ts";

const { QUEUED, SUCCEEDED, FAILED, CANCELLED, RUNNING } = contract.JobState;

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const untilAborted = ({ signal }: ShardRun) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

/** The bus as a worker sees it whose leases are not extended: others take its steps while it works on. */
function withoutExtension(bus: Bus, extend: () => Promise<void> = async () => {}): Bus {
  async function* strip(items: AsyncIterable<WorkItem>) {
    for await (const item of items) yield { ...item, extend };
  }
  const stripQueue = (queue: WorkQueue): WorkQueue => ({
    name: queue.name,
    enqueue: (data, options) => queue.enqueue(data, options),
    consume: (options) => strip(queue.consume(options)),
    deadLetters: (options) => queue.deadLetters(options),
    watchDeadLetters: (options) => queue.watchDeadLetters(options),
    depth: (options) => queue.depth(options),
  });
  return {
    durability: bus.durability,
    limits: bus.limits,
    events: bus.events,
    kv: bus.kv,
    work: { open: async (name, options, wait) => stripQueue(await bus.work.open(name, options, wait)) },
    close: () => bus.close(),
  };
}

/** Takes one step and dies with it. */
async function takeAndDie(kind: string, leaseMs: number): Promise<void> {
  const queue = await bed.bus.work.open(`srlm.v1.work.${kind}`, { leaseMs, maxDeliveries: MAX_DELIVERIES });
  for await (const _ of queue.consume()) return;
}

it("shares the shards of a job between replicas, and finishes it once", async () => {
  const doneBy = { a: 0, b: 0 };
  let finished = 0;
  const kindOf = (replica: "a" | "b") =>
    countingKind({
      concurrency: 1,
      plan: async () => shards(24),
      runShard: async (_spec, shard) => {
        doneBy[replica]++;
        await pause(3);
        return { value: shard };
      },
      finish: async (_spec, results) => {
        finished++;
        return { outputs: {}, metrics: { sum: results.reduce((sum, { value }) => sum + value, 0) } };
      },
    });
  const a = await bed.serveKinds(kindOf("a"));
  await bed.serveKinds(kindOf("b"));
  const { name } = await a.jobs.submit(kindOf("a"), { requestId: requestId(), spec: testSpec() });
  expect(await a.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED, metrics: { sum: 276 } });
  expect(doneBy.a + doneBy.b).toBe(24);
  expect(Math.min(doneBy.a, doneBy.b)).toBeGreaterThan(3);
  expect(finished).toBe(1);
});

it.each([
  { fingerprints: ["e1", "e1"], values: [7, 8], alarms: 1 },
  { fingerprints: ["e1", "e1"], values: [7, 7], alarms: 0 },
  { fingerprints: ["e1", "e2"], values: [7, 8], alarms: 0 },
])("keeps the first of two commits of a shard: $fingerprints $values", async ({ fingerprints, values, alarms }) => {
  const slow = gate();
  const started = gate();
  const late = gate();
  const kindOf = (run: () => Promise<number>, fingerprint: string) =>
    countingKind({
      concurrency: 1,
      plan: async () => shards(1),
      runShard: async () => ({ value: await run(), engineFingerprint: fingerprint }),
    });
  const slowKind = kindOf(async () => {
    started.resolve();
    await slow.promise;
    late.resolve();
    return values[0]!;
  }, fingerprints[0]!);
  const fastKind = kindOf(async () => values[1]!, fingerprints[1]!);
  const leaseMs = 100;
  const slowServer = await bed.serve([moduleOf(slowKind)], { bus: withoutExtension(bed.bus), leaseMs });
  const { name } = await slowServer.jobs.submit(slowKind, { requestId: requestId(), spec: testSpec() });
  await started.promise;
  // The second replica commits first, and is held before `finish`, so that the job does not end meanwhile.
  const finishing = gate();
  const fast = await bed.serve(
    [
      moduleOf({
        ...fastKind,
        finish: async (_spec, results) => {
          await finishing.promise;
          return { outputs: {}, metrics: { sum: results[0]!.value } };
        },
      }),
    ],
    { leaseMs: 2000 },
  );
  const store = await JobStore.open(bed.bus, Date.now);
  while (!(await store.isCommitted(name, 0))) await pause(5);
  slow.resolve();
  await late.promise;
  while (bed.log.lines.every(({ msg }) => !String(msg).includes("committed the shard first"))) await pause(5);
  finishing.resolve();
  expect(await fast.jobs.waitForEnd(name)).toMatchObject({
    state: SUCCEEDED,
    metrics: { sum: values[1] },
    engineFingerprint: fingerprints[1],
  });
  const mismatches = await slowServer.metrics.registry.getSingleMetric("srlm_shard_mismatch_total")!.get();
  expect(mismatches.values.reduce((sum, { value }) => sum + value, 0)).toBe(alarms);
  expect(bed.log.lines.some(({ msg }) => String(msg).startsWith("ALARM"))).toBe(alarms === 1);
});

it("flags a job that engines of two fingerprints computed", async () => {
  const kind = countingKind({
    runShard: async (_spec, shard) => ({ value: shard, engineFingerprint: shard === 2 ? "old" : "new" }),
  });
  const { jobs, metrics } = await bed.serveKinds(kind);
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.waitForEnd(name)).toMatchObject({ engineFingerprint: "new + old" });
  expect(await metrics.registry.metrics()).toContain('srlm_job_mixed_fingerprint_total{kind="counting"} 1');
});

it("does a step again whose worker died", async () => {
  const kind = countingKind({ plan: async () => shards(2) });
  const leaseMs = 120;
  const client = await bed.serve([]);
  const { name } = await client.jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await takeAndDie(kind.kind, leaseMs);
  const { jobs } = await bed.serve([moduleOf(kind)], { leaseMs });
  expect(await jobs.get(name)).toMatchObject({ state: QUEUED });
  expect(await jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
});

it("fails a job whose step every worker died of", async () => {
  const kind = countingKind({ plan: async () => shards(1) });
  const leaseMs = 20;
  const client = await bed.serve([], { leaseMs });
  const { name } = await client.jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  for (let i = 0; i < MAX_DELIVERIES; i++) await takeAndDie(kind.kind, leaseMs);
  const { jobs } = await bed.serve([moduleOf(kind)], { leaseMs });
  expect(await jobs.waitForEnd(name)).toMatchObject({
    state: FAILED,
    error: { code: 14, reason: "DELIVERIES_EXHAUSTED", message: expect.stringContaining("5 workers") as string },
  });
});

it("extends the lease while a shard works", async () => {
  let runs = 0;
  const kind = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, shard) => {
      runs++;
      await pause(400);
      return { value: shard };
    },
  });
  const { jobs } = await bed.serve([moduleOf(kind)], { leaseMs: 100 });
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await jobs.waitForEnd(name);
  expect(runs).toBe(1);
});

it("keeps committed shards over a restart, and does the rest", async () => {
  const ran: string[] = [];
  const reached = gate();
  let life = 1;
  const kind = countingKind({
    concurrency: 1,
    plan: async () => {
      ran.push(`plan in life ${life}`);
      return shards(4);
    },
    runShard: async (_spec, shard, run) => {
      ran.push(`${shard} in life ${life}`);
      if (life === 1 && shard === 2) {
        reached.resolve();
        await untilAborted(run);
      }
      return { value: shard };
    },
  });
  const first = await bed.serveKinds(kind);
  const { name } = await first.jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await reached.promise;
  await bed.restart();
  life = 2;
  const second = await bed.serveKinds(kind);
  expect(await second.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED, metrics: { sum: 6 } });
  expect(ran).toEqual(["plan in life 1", "0 in life 1", "1 in life 1", "2 in life 1", "2 in life 2", "3 in life 2"]);
});

it("begins after a restart what was only queued, and ends what was being cancelled", async () => {
  const kind = countingKind();
  const first = await bed.serve([]);
  const queued = await first.jobs.submit(kind, { requestId: "queued", spec: testSpec() });
  const stuck = await first.jobs.submit(kind, { requestId: "stuck", spec: testSpec() });
  const store = await JobStore.open(bed.bus, Date.now);
  await store.advance(stuck.name, { type: "planned", shards: 4, total: 4, worker: "gone/1" });
  expect(await first.jobs.cancel(stuck.name)).toMatchObject({ state: RUNNING });
  await bed.restart();
  const second = await bed.serveKinds(kind);
  expect(await second.jobs.waitForEnd(queued.name)).toMatchObject({ state: SUCCEEDED });
  expect(await second.jobs.waitForEnd(stuck.name)).toMatchObject({ state: CANCELLED });
});

it("ends a cancelled job whose worker died without a word, once its lease is over", async () => {
  const begun = gate();
  const leaseMs = 150;
  const kind = countingKind({
    runShard: (_spec, _shard, run) => {
      begun.resolve();
      return untilAborted(run);
    },
  });
  const { jobs } = await bed.serve([moduleOf(kind)], { leaseMs });
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await begun.promise;
  const store = await JobStore.open(bed.bus, Date.now);
  await store.advance(name, { type: "joined", worker: "dead/1" });
  const started = performance.now();
  await jobs.cancel(name);
  expect(await jobs.waitForEnd(name)).toMatchObject({ state: CANCELLED });
  expect(performance.now() - started).toBeGreaterThan(leaseMs * 0.8);
  expect(performance.now() - started).toBeLessThan(leaseMs * 10);
});

it("goes on from the saved state, after a cancellation and after a restart", async () => {
  const steps: number[] = [];
  let stopAt = 3;
  let reached = gate();
  const kind = countingKind({
    plan: async () => [{ payload: 0, size: 8 }],
    runShard: async (_spec, _shard, run) => {
      const saved = await run.loadState("checkpoint");
      const from = saved ? Number(Buffer.from(await run.artifacts.bytes(saved)).toString()) : 0;
      for (let step = from; step < 8; step++) {
        if (step === stopAt) {
          reached.resolve();
          await untilAborted(run);
        }
        steps.push(step);
        const ref = await run.artifacts.put(Buffer.from(String(step + 1)), { mediaType: "text/plain" });
        await run.saveState("checkpoint", ref);
      }
      return { value: 8 };
    },
  });
  const first = await bed.serveKinds(kind);
  const { name } = await first.jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await reached.promise;
  await first.jobs.cancel(name);
  await first.jobs.waitForEnd(name);
  stopAt = 6;
  reached = gate();
  await first.jobs.resubmit(name);
  await reached.promise;
  await bed.restart();
  stopAt = -1;
  const second = await bed.serveKinds(kind);
  expect(await second.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("drains: lets a shard end in time", async () => {
  const begun = gate();
  const kind = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, shard) => {
      begun.resolve();
      await pause(100);
      return { value: shard };
    },
  });
  const server = await bed.serveKinds(kind);
  const { name } = await server.jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await begun.promise;
  await server.drain({ finishMs: 5000 });
  const store = await JobStore.open(bed.bus, Date.now);
  expect(await store.isCommitted(name, 0)).toBe(true);
  const other = await bed.serveKinds(kind);
  expect(await other.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
});

it("drains: hands back a shard that does not end, and another replica takes it at once", async () => {
  const begun = gate();
  const stubborn = countingKind({
    plan: async () => shards(1),
    runShard: (_spec, _shard, run) => {
      begun.resolve();
      return untilAborted(run);
    },
  });
  const server = await bed.serveKinds(stubborn);
  const { name } = await server.jobs.submit(stubborn, { requestId: requestId(), spec: testSpec() });
  await begun.promise;
  const other = await bed.serveKinds(countingKind());
  const started = performance.now();
  await server.drain({ finishMs: 30 });
  expect(await other.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
  expect(performance.now() - started).toBeLessThan(2000);
});

it("stops a shard whose lease is lost, and leaves it to the next worker", async () => {
  const reasons: unknown[] = [];
  const kind = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, shard, run) => {
      if (run.delivery > 1) return { value: shard };
      await untilAborted(run).catch((reason: unknown) => reasons.push(reason));
      throw new Error("stopped half-way");
    },
  });
  const cut = withoutExtension(bed.bus, () => Promise.reject(new Error("no bus to be seen")));
  const { jobs } = await bed.serve([moduleOf(kind)], { bus: cut, leaseMs: 90 });
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
  expect(reasons).toMatchObject([{ reason: "LEASE_LOST" }]);
});

it("does not count a hand-back as the last failure", async () => {
  const last = gate();
  const failing = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, _shard, run) => {
      if (run.delivery < MAX_DELIVERIES) throw unavailable("ENGINE_CRASHED", "again");
      last.resolve();
      return untilAborted(run);
    },
  });
  const server = await bed.serveKinds(failing);
  const { name } = await server.jobs.submit(failing, { requestId: requestId(), spec: testSpec() });
  await last.promise;
  await server.drain({ finishMs: 0 });
  const other = await bed.serveKinds(countingKind());
  expect(await other.jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED });
});

it("lets one of two submissions win that race with different specs, and runs it with its own", async () => {
  const kind = countingKind({
    plan: async () => shards(1),
    runShard: async (spec) => ({ value: spec.seed }),
  });
  const { jobs } = await bed.serveKinds(kind);
  const seeds = [11, 22, 33];
  const settled = await Promise.allSettled(
    seeds.map((seed) => jobs.submit(kind, { requestId: "same", spec: testSpec(seed) })),
  );
  const winners = seeds.filter((_, i) => settled[i]!.status === "fulfilled");
  expect(winners).toHaveLength(1);
  const { value } = settled.find((result) => result.status === "fulfilled")!;
  expect(await jobs.waitForEnd(value.name)).toMatchObject({ metrics: { sum: winners[0] } });
});
