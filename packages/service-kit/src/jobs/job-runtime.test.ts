import { jobs as contract, events } from "@srlm/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { invalidArgument, unavailable } from "../errors/errors.ts";
import { countingKind, gate, requestId, shards, TestBed, testSpec } from "../testing/test-bed.ts";
import { jobName } from "./job-directory.ts";

const { QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED } = contract.JobState;

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

it("plans, does the shards, finishes, and tells it in order", async () => {
  const subscription = await bed.bus.events.subscribe({ name: "test", filter: "srlm.v1.events.jobs.>" });
  const kind = countingKind({
    runShard: async (_spec, shard) => ({ value: shard, engineFingerprint: "engine-1" }),
    finish: async (_spec, results, { artifacts }) => {
      const ref = await artifacts.put(Buffer.from("result"), { mediaType: "text/plain" });
      return { outputs: { result: ref }, metrics: { sum: results.reduce((sum, { value }) => sum + value, 0) } };
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const submitted = await jobs.submit(kind, { requestId: "r1", spec: testSpec(), labels: { run: "a" } });
  expect(submitted).toMatchObject({
    name: jobName("counting", "r1"),
    kind: "counting",
    state: QUEUED,
    requestId: "r1",
  });
  const ended = await jobs.waitForEnd(submitted.name);
  expect(ended).toMatchObject({
    state: SUCCEEDED,
    metrics: { sum: 6 },
    labels: { run: "a" },
    progress: { done: 4, total: 4, unit: "numbers" },
    engineFingerprint: "engine-1",
    error: undefined,
  });
  expect(Buffer.from(await bed.artifacts.bytes(ended.outputs.result!)).toString()).toBe("result");
  expect(ended.startTime!.getTime()).toBeGreaterThanOrEqual(ended.createTime!.getTime());
  expect(ended.endTime!.getTime()).toBeGreaterThanOrEqual(ended.startTime!.getTime());

  const seen: string[] = [];
  for await (const event of subscription) {
    seen.push(event.subject);
    await event.ack();
    if (event.subject !== "srlm.v1.events.jobs.ended") continue;
    expect(events.JobEnded.decode(event.data).job).toEqual(ended);
    expect(event.headers).toMatchObject({ "ce-type": event.subject, "ce-id": `${ended.name}:${ended.sequence}` });
    break;
  }
  expect(seen).toEqual(["srlm.v1.events.jobs.started", "srlm.v1.events.jobs.ended"]);
});

it("returns the same job for the same request, and refuses another spec", async () => {
  let planned = 0;
  const kind = countingKind({
    plan: async () => {
      planned++;
      return shards(1);
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const submission = { requestId: "r1", spec: testSpec(1) };
  const [a, b] = await Promise.all([jobs.submit(kind, submission), jobs.submit(kind, submission)]);
  expect(a.name).toBe(b.name);
  const ended = await jobs.waitForEnd(a.name);
  expect(await jobs.submit(kind, submission)).toEqual(ended);
  expect(planned).toBe(1);
  await expect(jobs.submit(kind, { requestId: "r1", spec: testSpec(2) })).rejects.toMatchObject({
    reason: "REQUEST_ID_REUSED",
    metadata: { job: a.name },
  });
  await expect(jobs.submit(kind, { requestId: "", spec: testSpec() })).rejects.toMatchObject({
    reason: "FIELD_REQUIRED",
    fields: [{ field: "request_id" }],
  });
});

it("runs no more shards at once than the kind allows, and hands results to finish in plan order", async () => {
  let running = 0;
  let most = 0;
  const kind = countingKind({
    concurrency: 3,
    plan: async () => shards(9),
    runShard: async (_spec, shard) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5 * (9 - shard)));
      running--;
      return { value: shard };
    },
    finish: async (_spec, results) => ({
      outputs: {},
      metrics: Object.fromEntries(results.map(({ value }, i) => [`r${i}`, value])),
    }),
  });
  const { jobs } = await bed.serveKinds(kind);
  const job = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  const { metrics } = await jobs.waitForEnd(job.name);
  expect(most).toBe(3);
  expect(Object.entries(metrics)).toEqual(Array.from({ length: 9 }, (_, i) => [`r${i}`, i]));
});

it("finishes a job without shards", async () => {
  const kind = countingKind({ plan: async () => [] });
  const { jobs } = await bed.serveKinds(kind);
  const job = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.waitForEnd(job.name)).toMatchObject({ state: SUCCEEDED, metrics: { sum: 0 } });
});

it("reports progress in order, never backwards, with gauges", async () => {
  const kind = countingKind({
    concurrency: 1,
    plan: async () => [
      { payload: 0, size: 10 },
      { payload: 1, size: 10 },
    ],
    runShard: async (_spec, shard, run) => {
      for (let done = 1; done <= 10; done++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        run.report(done, { loss: 1 / done, broken: Number.NaN });
      }
      return { value: shard };
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const job = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  const seen: contract.Job[] = [];
  for await (const change of jobs.watch(job.name)) seen.push(change);
  const done = seen.map(({ progress }) => progress!.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.filter((value) => value > 0 && value < 20).length).toBeGreaterThanOrEqual(3);
  // 1.2 s of work, at most one report in a quarter of a second, besides queued, running and succeeded.
  expect(seen.length).toBeLessThanOrEqual(3 + 6);
  expect(Object.keys(seen.at(-2)!.progress!.gauges)).toEqual(["loss"]);
  const sequences = seen.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
});

it("fails a job with the error of its shard, stops the others, and resubmits without the committed ones", async () => {
  const { promise: stopped, resolve: stop } = gate();
  const { promise: begun, resolve: begin } = gate();
  const done: number[] = [];
  let broken = true;
  const kind = countingKind({
    concurrency: 2,
    plan: async () => shards(3),
    runShard: async (_spec, shard, run) => {
      if (broken && shard === 1) {
        await begun;
        throw invalidArgument("model.layers", "must be 4, got 3", "MODEL_BROKEN");
      }
      if (broken && shard === 2) {
        begin();
        await new Promise((resolve) => run.signal.addEventListener("abort", resolve));
        stop();
        run.signal.throwIfAborted();
      }
      done.push(shard);
      return { value: shard };
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const job = await jobs.submit(kind, { requestId: "r", spec: testSpec() });
  expect(await jobs.waitForEnd(job.name)).toMatchObject({
    state: FAILED,
    error: { code: 3, reason: "MODEL_BROKEN", message: "model.layers must be 4, got 3" },
    outputs: {},
  });
  await stopped;
  expect(await jobs.submit(kind, { requestId: "r", spec: testSpec() })).toMatchObject({ state: FAILED });
  broken = false;
  expect(await jobs.resubmit(job.name)).toMatchObject({ state: QUEUED });
  expect(await jobs.waitForEnd(job.name)).toMatchObject({ state: SUCCEEDED, metrics: { sum: 3 }, error: undefined });
  expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  await expect(jobs.resubmit(job.name)).rejects.toMatchObject({ reason: "JOB_SUCCEEDED" });
});

it("says nothing of the cause of a defect", async () => {
  const kind = countingKind({
    runShard: async () => {
      throw new Error("cannot read /secret/path");
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const job = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  const { error } = await jobs.waitForEnd(job.name);
  expect(error).toMatchObject({ code: 13, reason: "INTERNAL" });
  expect(error!.message).not.toContain("secret");
  expect(JSON.stringify(bed.log.lines)).toContain("secret");
});

it("tries again what failed for now, five times, then fails with that error", async () => {
  const deliveries: number[] = [];
  let failures = 2;
  const kind = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, shard, run) => {
      deliveries.push(run.delivery);
      if (failures-- > 0) throw unavailable("ENGINE_CRASHED", "the engine died");
      return { value: shard };
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const first = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.waitForEnd(first.name)).toMatchObject({ state: SUCCEEDED });
  expect(deliveries).toEqual([1, 2, 3]);
  deliveries.length = 0;
  failures = Infinity;
  const second = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.waitForEnd(second.name)).toMatchObject({ state: FAILED, error: { reason: "ENGINE_CRASHED" } });
  expect(deliveries).toEqual([1, 2, 3, 4, 5]);
});

it("cancels: running shards stop, committed ones are kept, and the job can go on", async () => {
  const { promise: reached, resolve: reach } = gate();
  const ran: number[] = [];
  let blocked = true;
  const kind = countingKind({
    concurrency: 1,
    plan: async () => shards(3),
    runShard: async (_spec, shard, run) => {
      ran.push(shard);
      if (blocked && shard === 1) {
        reach();
        await new Promise((_, reject) =>
          run.signal.addEventListener("abort", () => reject(run.signal.reason as Error)),
        );
      }
      return { value: shard };
    },
  });
  const { jobs } = await bed.serveKinds(kind);
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  await reached;
  const started = performance.now();
  expect(await jobs.cancel(name)).toMatchObject({ state: RUNNING });
  expect(await jobs.waitForEnd(name)).toMatchObject({ state: CANCELLED, error: undefined });
  expect(performance.now() - started).toBeLessThan(1000);
  expect(await jobs.cancel(name)).toMatchObject({ state: CANCELLED });
  blocked = false;
  await jobs.resubmit(name);
  expect(await jobs.waitForEnd(name)).toMatchObject({ state: SUCCEEDED, metrics: { sum: 3 } });
  expect(ran).toEqual([0, 1, 1, 2]);
});

it("cancels a job that nobody has begun, at once", async () => {
  const kind = countingKind();
  const { jobs } = await bed.serveKinds();
  const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec() });
  expect(await jobs.cancel(name)).toMatchObject({ state: CANCELLED, startTime: undefined });
});

it("names what it does not know", async () => {
  const { jobs } = await bed.serveKinds();
  const missing = { code: 5, reason: "JOB_NOT_FOUND" };
  await expect(jobs.get("jobs/counting-0")).rejects.toMatchObject(missing);
  await expect(jobs.cancel("no job at all")).rejects.toMatchObject(missing);
  await expect(jobs.resubmit("jobs/x.>")).rejects.toMatchObject(missing);
  await expect(jobs.waitForEnd("jobs/counting-0")).rejects.toMatchObject(missing);
});

it("costs little: 60 empty jobs, and a job of 400 empty shards", async () => {
  const kind = countingKind({ plan: async (spec) => shards(spec.seed), concurrency: 4 });
  const { jobs } = await bed.serveKinds(kind);
  const run = async (count: number) => {
    const { name } = await jobs.submit(kind, { requestId: requestId(), spec: testSpec(count) });
    await jobs.waitForEnd(name);
  };
  await run(1);
  let started = performance.now();
  for (let i = 0; i < 60; i++) await run(1);
  const perJob = (performance.now() - started) / 60;
  started = performance.now();
  await run(400);
  const perShard = (performance.now() - started) / 400;
  // Each job is seven durable writes, each shard one; generous bounds for a busy machine.
  expect(perJob).toBeLessThan(100);
  expect(perShard).toBeLessThan(15);
});
