import { events, jobs, orchestration } from "@srlm/contracts";
import { ServiceError, Status } from "@srlm/service-kit";
import { afterEach, describe, expect, it } from "vitest";
import { parseConfig } from "./config/parse-config.ts";
import type { Report } from "./report/report-types.ts";
import { planRun } from "./run/plan.ts";
import { TINY } from "./testing/simulated-jobs.ts";
import { type StageBehaviour, usualBehaviour } from "./testing/stage-services.ts";
import { OrchestrationBed, type ServeOptions } from "./testing/test-bed.ts";

const opened: OrchestrationBed[] = [];

async function bedWith(behaviour: Partial<StageBehaviour> = {}, options: ServeOptions = {}): Promise<OrchestrationBed> {
  const bed = await OrchestrationBed.open(usualBehaviour(behaviour), options);
  opened.push(bed);
  return bed;
}

afterEach(async () => {
  for (const bed of opened.splice(0)) await bed.close();
});

const SMALL = TINY.replace("controls: { shuffled: true }", "max_iterations: 1");

function stateOf(run: orchestration.Run | undefined, stage: string): orchestration.StageState | undefined {
  return run?.stages.find(({ name }) => name === stage)?.state;
}

async function failure(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => ServiceError.from(error),
  );
}

describe("a run", () => {
  it("goes from nothing to a report, and tells of it", async () => {
    const bed = await bedWith();
    const told: string[] = [];
    const subscription = await bed.bus.events.subscribe({ name: "test", filter: "srlm.v1.events.runs.>" });
    const listening = (async () => {
      for await (const event of subscription) {
        if (event.subject.endsWith("stage_changed")) {
          told.push(events.RunStageChanged.decode(event.data).stage?.name ?? "");
        } else {
          told.push(events.RunEnded.decode(event.data).verdict);
        }
        await event.ack();
      }
    })();

    const { run: name, job } = await bed.client.startRun({
      requestId: "one",
      spec: await bed.spec(),
      labels: { by: "test" },
    });
    expect(job).toMatchObject({ kind: "run", labels: { by: "test" } });
    const run = await bed.ended(name);
    expect(run).toMatchObject({ title: "test", state: jobs.JobState.SUCCEEDED, verdict: "MAX_ITERATIONS" });
    expect(run.configYaml).toContain("nll_weight: 0");
    expect(new Set(run.stages.map(({ state }) => state))).toEqual(new Set([orchestration.StageState.SUCCEEDED]));

    const ended = await bed.server.jobs.waitForEnd(job?.name ?? "");
    expect(ended).toMatchObject({ state: jobs.JobState.SUCCEEDED, outputs: run.outputs });
    expect(ended.progress).toMatchObject({ done: 31, total: 31, unit: "stages" });

    const report = JSON.parse(await bed.report(run)) as Report;
    expect(report).toMatchObject({ name: "test", seed: { value: 11, role: "reporting", evaluation: 6 } });
    expect(report.rounds.map(({ model }) => model)).toEqual(["M2", "M2 shuffled", "M3", "M3 shuffled"]);

    await subscription.close();
    await listening;
    expect(told).toContain("M3 shuffled/evaluation");
    expect(told.at(-1)).toBe("MAX_ITERATIONS");
  });

  it("gives equal reports for equal specs, and starts each stage once", async () => {
    const bed = await bedWith();
    const runs = await Promise.all(["one", "two"].map((id) => bed.start(id, SMALL)));
    expect(await bed.start("one", SMALL)).toBe(runs[0]);
    const [first, second] = await Promise.all(runs.map((name) => bed.ended(name)));
    expect(first?.outputs).toEqual(second?.outputs);
    expect(bed.behaviour.started).toHaveLength(2 * (planRun(parseConfig(SMALL)).length - 1));

    const { runs: listed } = await bed.client.listRuns({ pageSize: 1, pageToken: "" });
    const { runs: rest, nextPageToken } = await bed.client.listRuns({ pageSize: 5, pageToken: listed[0]?.name ?? "" });
    expect([...listed, ...rest].map(({ name }) => name).sort()).toEqual([...runs].sort());
    expect(nextPageToken).toBe("");
  });

  it("goes on after its process died, at any moment, to the same report", async () => {
    const whole = await bedWith();
    const reference = await whole.report(await whole.ended(await whole.start("one", SMALL)));
    const bed = await bedWith({ delayMs: 20 }, { reconcileMs: 50 });
    const name = await bed.start("one", SMALL);
    for (let kill = 0; kill < 5; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 60 + 37 * kill));
      await bed.restart();
    }
    expect(await bed.report(await bed.ended(name))).toBe(reference);
  });

  it("comes to its end without any event", async () => {
    const deaf: ServeOptions = {
      reconcileMs: 20,
      bus: (bus) => ({
        ...bus,
        durability: bus.durability,
        limits: bus.limits,
        kv: bus.kv,
        work: bus.work,
        close: () => bus.close(),
        events: {
          publish: async () => ({ duplicate: false }),
          subscribe: (options) => bus.events.subscribe(options),
          unsubscribe: (name) => bus.events.unsubscribe(name),
        },
      }),
    };
    const bed = await bedWith({}, deaf);
    expect(await bed.ended(await bed.start("one", SMALL))).toMatchObject({ state: jobs.JobState.SUCCEEDED });
  });
});

describe("cancelling and resuming", () => {
  it("stops the jobs under way, and goes on to the same report", async () => {
    const whole = await bedWith();
    const reference = await whole.report(await whole.ended(await whole.start("one", SMALL)));

    let hold = true;
    const bed = await bedWith({
      onShard: async (kind, _spec, signal) => {
        if (kind !== "judging" || !hold) return;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      },
    });
    const name = await bed.start("one", SMALL);
    await bed.until(name, (run) => stateOf(run, "M2/judging") === orchestration.StageState.RUNNING);
    await bed.client.cancelRun({ name });
    const cancelled = await bed.ended(name);
    expect(cancelled.state).toBe(jobs.JobState.CANCELLED);
    expect(stateOf(cancelled, "M2/judging")).toBe(orchestration.StageState.CANCELLED);
    const busy = await bed.server.jobs.list();
    const underWay: jobs.JobState[] = [jobs.JobState.QUEUED, jobs.JobState.RUNNING];
    expect(busy.filter(({ kind, state }) => kind !== "run" && underWay.includes(state))).toEqual([]);
    await bed.client.cancelRun({ name });

    hold = false;
    const trained = bed.behaviour.worked.filter((kind) => kind === "training").length;
    await expect
      .poll(() =>
        bed.client.resumeRun({ name }).then(
          ({ run }) => run?.state,
          () => undefined,
        ),
      )
      .toBe(jobs.JobState.RUNNING);
    const run = await bed.ended(name);
    expect(run.state).toBe(jobs.JobState.SUCCEEDED);
    expect(await bed.report(run)).toBe(reference);
    // M0, baseline and M1 were not trained again: M2 alone was.
    expect(bed.behaviour.worked.filter((kind) => kind === "training").length).toBe(trained + 1);
    expect(await failure(bed.client.resumeRun({ name }))).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      reason: "RUN_SUCCEEDED",
    });
  });

  it("is cancelled also where its process dies before all stages have stopped, and resumes", async () => {
    let hold = true;
    const bed = await bedWith(
      {
        // Deaf to being told to stop, as a long kernel is.
        onShard: (kind) =>
          kind === "sampling" && hold ? new Promise((resolve) => setTimeout(resolve, 400)) : undefined,
      },
      { leaseMs: 300 },
    );
    const name = await bed.start("one", SMALL);
    await bed.until(name, (run) => stateOf(run, "M2/sampling") === orchestration.StageState.RUNNING);
    await bed.client.cancelRun({ name });
    expect(await failure(bed.client.resumeRun({ name }))).toMatchObject({ reason: "RUN_STOPPING" });
    await bed.restart();
    expect((await bed.ended(name)).state).toBe(jobs.JobState.CANCELLED);
    hold = false;
    const resumed = () => bed.client.resumeRun({ name }).then(({ run }) => run?.state);
    await expect.poll(() => resumed().catch(() => undefined)).toBe(jobs.JobState.RUNNING);
    expect(await bed.ended(name)).toMatchObject({ state: jobs.JobState.SUCCEEDED, verdict: "MAX_ITERATIONS" });
  });

  it("cancels the stages of a run whose job is cancelled as any job", async () => {
    const bed = await bedWith({
      onShard: (kind, _spec, signal) =>
        kind === "sampling"
          ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
          : undefined,
    });
    const { run: name, job } = await bed.client.startRun({ requestId: "one", spec: await bed.spec(SMALL), labels: {} });
    await bed.until(name, (run) => stateOf(run, "M2/sampling") === orchestration.StageState.RUNNING);
    await bed.server.peers.jobs.cancelJob({ name: job?.name ?? "" });
    const run = await bed.ended(name);
    expect(run.state).toBe(jobs.JobState.CANCELLED);
    expect(stateOf(run, "M2/sampling")).toBe(orchestration.StageState.CANCELLED);
    expect(await bed.server.jobs.waitForEnd(job?.name ?? "")).toMatchObject({ state: jobs.JobState.CANCELLED });
  });

  it("fails with the reason of the stage that failed, and resumes there", async () => {
    let broken = true;
    const bed = await bedWith({
      onShard: (kind) => {
        if (kind === "training" && broken)
          throw new ServiceError(Status.FAILED_PRECONDITION, "NON_FINITE_LOSS", "step 3: loss is NaN");
      },
    });
    const { run: name, job } = await bed.client.startRun({ requestId: "one", spec: await bed.spec(SMALL), labels: {} });
    const run = await bed.ended(name);
    expect(run).toMatchObject({
      state: jobs.JobState.FAILED,
      error: { reason: "NON_FINITE_LOSS", message: "step 3: loss is NaN" },
    });
    expect(await bed.server.jobs.waitForEnd(job?.name ?? "")).toMatchObject({ error: { reason: "NON_FINITE_LOSS" } });
    broken = false;
    await bed.client.resumeRun({ name });
    expect(await bed.ended(name)).toMatchObject({ state: jobs.JobState.SUCCEEDED, error: undefined });
  });
});

describe("a stage that cannot be started", () => {
  it("fails the run where its spec is refused", async () => {
    const bed = await bedWith({
      onStart: (kind) => {
        if (kind === "tokenizer-training")
          throw new ServiceError(Status.INVALID_ARGUMENT, "SPEC_INVALID", "spec.vocabulary_size is 3");
      },
    });
    const run = await bed.ended(await bed.start("one", SMALL));
    expect(run).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "SPEC_INVALID" } });
    expect(stateOf(run, "tokenizer")).toBe(orchestration.StageState.FAILED);
  });

  it("is tried again where its service is away for now", async () => {
    let away = 1;
    const bed = await bedWith(
      {
        onStart: () => {
          if (away-- > 0) throw new ServiceError(Status.RESOURCE_EXHAUSTED, "BUSY", "try later");
        },
      },
      { reconcileMs: 30 },
    );
    expect(await bed.ended(await bed.start("one", SMALL))).toMatchObject({ state: jobs.JobState.SUCCEEDED });
  });
});

describe("bad input", () => {
  it("is refused with the field, before there is a run", async () => {
    const bed = await bedWith();
    const spec = await bed.spec();
    const start = (change: Partial<orchestration.RunSpec>) =>
      failure(bed.client.startRun({ requestId: "one", spec: { ...spec, ...change }, labels: {} }));

    const config = await start({ configYaml: `${TINY}dpo:\n  betta: 1\n` });
    expect(config).toMatchObject({ code: Status.INVALID_ARGUMENT, reason: "CONFIG_INVALID" });
    expect(config.fields).toEqual([
      { field: "spec.config_yaml.dpo.betta", description: expect.stringMatching(/^line \d+: .*did you mean "beta"/) },
    ]);
    expect(await start({ seed: 99 })).toMatchObject({ reason: "SEED_UNKNOWN" });
    const { ift, ...others } = spec.inputs;
    expect(ift).toBeDefined();
    expect(await start({ inputs: others })).toMatchObject({
      reason: "INPUTS_INVALID",
      message: expect.stringContaining("spec.inputs[ift]"),
    });
    expect(await failure(bed.client.startRun({ requestId: "one", labels: {} }))).toMatchObject({
      reason: "FIELD_REQUIRED",
    });
    expect((await bed.client.listRuns({ pageSize: 0, pageToken: "" })).runs).toEqual([]);
  });

  it("is refused for runs and pages that are not there, and for a request id used with another spec", async () => {
    const bed = await bedWith();
    const name = "runs/none";
    for (const call of [bed.client.getRun({ name }), bed.client.cancelRun({ name }), bed.client.resumeRun({ name })]) {
      expect(await failure(call)).toMatchObject({ code: Status.NOT_FOUND, reason: "RUN_NOT_FOUND" });
    }
    expect(await failure(bed.ended(name))).toMatchObject({ reason: "RUN_NOT_FOUND" });
    expect(await failure(bed.client.listRuns({ pageSize: 0, pageToken: "x" }))).toMatchObject({
      reason: "PAGE_TOKEN_INVALID",
    });
    expect(await failure(bed.client.listRuns({ pageSize: 2000, pageToken: "" }))).toMatchObject({
      code: Status.INVALID_ARGUMENT,
    });
    await bed.start("one", SMALL);
    expect(await failure(bed.start("one", TINY))).toMatchObject({
      code: Status.ALREADY_EXISTS,
      reason: "REQUEST_ID_REUSED",
    });
  });
});
