import { jobs as contract } from "@srlm/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RunningServer } from "../server/start-server.ts";
import { countingKind, gate, moduleOf, shards, TestBed, testSpec } from "../testing/test-bed.ts";

const { RUNNING, SUCCEEDED, CANCELLED, QUEUED } = contract.JobState;

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

const kind = countingKind({ plan: async () => shards(1) });
const other = countingKind({ kind: "other", plan: async () => shards(1) });

async function submitMany(server: RunningServer): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < 7; i++) {
    const labels = { run: i % 2 ? "odd" : "even" };
    const job = await server.jobs.submit(i < 5 ? kind : other, { requestId: `r${i}`, spec: testSpec(), labels });
    await server.jobs.waitForEnd(job.name);
    names.unshift(job.name);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return names;
}

it("lists jobs newest first, in pages, by kind and label", async () => {
  const server = await bed.serve([moduleOf(kind, other)]);
  const names = await submitMany(server);
  const { jobs } = server.peers;
  const seen: string[] = [];
  let pageToken = "";
  let pages = 0;
  do {
    const page = await jobs.listJobs({ pageSize: 3, pageToken });
    seen.push(...page.jobs.map(({ name }) => name));
    pageToken = page.nextPageToken;
    pages++;
  } while (pageToken);
  expect(seen).toEqual(names);
  expect(pages).toBe(3);
  expect((await jobs.listJobs({ kinds: ["other"] })).jobs.map(({ name }) => name)).toEqual(names.slice(0, 2));
  expect((await jobs.listJobs({ labels: { run: "odd" } })).jobs).toHaveLength(3);
});

it("refuses page tokens and sizes that it does not know", async () => {
  const server = await bed.serve([moduleOf(kind, other)]);
  await submitMany(server);
  const { jobs } = server.peers;
  const refused = { code: 3, reason: "PAGE_TOKEN_INVALID", fields: [{ field: "page_token" }] };
  await expect(jobs.listJobs({ pageToken: "nonsense" })).rejects.toMatchObject(refused);
  const { nextPageToken } = await jobs.listJobs({ pageSize: 2 });
  await expect(jobs.listJobs({ pageSize: 2, pageToken: nextPageToken, kinds: ["other"] })).rejects.toMatchObject(
    refused,
  );
  await expect(jobs.listJobs({ pageSize: 1001 })).rejects.toMatchObject({ fields: [{ field: "page_size" }] });
});

it("gets, cancels, resumes and watches over the wire", async () => {
  const reached = gate();
  let blocked = true;
  const slow = countingKind({
    plan: async () => shards(1),
    runShard: async (_spec, shard, { signal }) => {
      if (blocked) {
        reached.resolve();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      }
      return { value: shard };
    },
  });
  const server = await bed.serveKinds(slow);
  const { jobs } = server.peers;
  const { name } = await server.jobs.submit(slow, { requestId: "r", spec: testSpec() });
  await reached.promise;
  expect((await jobs.getJob({ name })).job).toMatchObject({ name, state: RUNNING });
  await jobs.cancelJob({ name });
  const states: number[] = [];
  for await (const { job } of jobs.watchJob({ name })) states.push(job!.state);
  expect(states.at(-1)).toBe(CANCELLED);
  blocked = false;
  expect((await jobs.resumeJob({ name })).job).toMatchObject({ state: QUEUED });
  for await (const { job } of jobs.watchJob({ name })) states.push(job!.state);
  expect(states.at(-1)).toBe(SUCCEEDED);
  await expect(jobs.resumeJob({ name })).rejects.toMatchObject({ code: 9, reason: "JOB_SUCCEEDED" });
  await expect(jobs.getJob({ name: "jobs/none-0" })).rejects.toMatchObject({ code: 5, reason: "JOB_NOT_FOUND" });
});

it("resumes a broken watch after the last sequence seen, missing no state", async () => {
  const reached = gate();
  const go = gate();
  const slow = countingKind({
    plan: async () => shards(2),
    runShard: async (_spec, shard) => {
      reached.resolve();
      await go.promise;
      return { value: shard };
    },
  });
  const server = await bed.serveKinds(slow);
  const { jobs } = server.peers;
  const { name } = await server.jobs.submit(slow, { requestId: "r", spec: testSpec() });
  await reached.promise;
  let last: contract.Job | undefined;
  for await (const { job } of jobs.watchJob({ name })) {
    last = job;
    if (job?.state === RUNNING) break;
  }
  go.resolve();
  await server.jobs.waitForEnd(name);
  const rest: contract.Job[] = [];
  for await (const { job } of jobs.watchJob({ name, afterSequence: last!.sequence })) rest.push(job!);
  expect(rest.at(-1)!.state).toBe(SUCCEEDED);
  expect(rest.every(({ sequence }) => sequence > last!.sequence)).toBe(true);
  const again: unknown[] = [];
  for await (const change of jobs.watchJob({ name, afterSequence: rest.at(-1)!.sequence })) again.push(change);
  expect(again).toEqual([]);
});
