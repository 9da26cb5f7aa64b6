/** Runs on compiled engine processes: the build goes before. */
import { execFileSync } from "node:child_process";
import { jobs } from "@srlm/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TrainingBed } from "./testing/training-bed.ts";

let bed: TrainingBed;

beforeAll(async () => {
  bed = await TrainingBed.open();
});
afterAll(() => bed.close());

/** Process ids of the engines that this process forked. */
function enginePids(): number[] {
  const listing = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
  const lines = listing.split("\n").filter((line) => line.includes("training-engine.js"));
  return lines.map((line) => Number.parseInt(line, 10));
}

describe("training jobs", () => {
  it("fine-tune and write a model directory and a log, the same bytes for the same spec", async () => {
    const first = await bed.train("sft-1", bed.sft());
    expect(first.error).toBeUndefined();
    expect(first.state).toBe(jobs.JobState.SUCCEEDED);
    expect(first.metrics).toMatchObject({ steps: 6 });
    expect(first.metrics["final_loss"]).toBeLessThan(first.metrics["first_loss"]!);
    expect(first.outputs["training_log"]!.recordCount).toBe(6);
    expect(first.outputs["model"]!.sha256).not.toBe(bed.model.sha256);
    const second = await bed.train("sft-2", bed.sft());
    expect(second.outputs).toEqual(first.outputs);
    const [manifest] = await bed.artifacts.manifests(first.outputs["model"]!);
    expect(manifest!.inputs).toEqual({ model: bed.model.sha256, source_0: bed.examples.sha256 });
  });

  it("begin DPO at ln 2", async () => {
    const { metrics, error } = await bed.train("dpo", bed.dpo({ steps: 0, epochs: 3 }));
    expect(error).toBeUndefined();
    expect(metrics["first_sigmoid_loss"]).toBeCloseTo(Math.LN2, 6);
    expect(metrics["first_margin"]).toBeCloseTo(0, 6);
    expect(metrics).toMatchObject({ pairs: 20, steps: 12 });
  });

  it("give the same bytes when the engine process is killed in mid-training", async () => {
    for (const make of ["sft", "dpo"] as const) {
      const spec = bed[make]({ steps: 40, checkpointEvery: 5 });
      const whole = await bed.train(`${make}-whole`, spec);
      const job = await bed.start(`${make}-killed`, spec);
      let killed = 0;
      const resumed = await bed.ended(job, ({ progress }) => {
        if (killed > 0 || (progress?.done ?? 0) < 12) return;
        for (const pid of enginePids()) process.kill(pid, "SIGKILL");
        killed += 1;
      });
      expect(killed).toBe(1);
      expect(resumed.state).toBe(jobs.JobState.SUCCEEDED);
      expect(resumed.outputs).toEqual(whole.outputs);
    }
  });

  it("give the same bytes when cancelled and resumed", async () => {
    const spec = bed.sft({ steps: 60, checkpointEvery: 5 });
    const whole = await bed.train("cancel-whole", spec);
    const job = await bed.start("cancelled", spec);
    let asked = false;
    const cancelled = await bed.ended(job, ({ progress, name }) => {
      if (asked || (progress?.done ?? 0) < 11) return;
      asked = true;
      void bed.peers.jobs.cancelJob({ name });
    });
    expect(cancelled.state).toBe(jobs.JobState.CANCELLED);
    const { job: again } = await bed.peers.jobs.resumeJob({ name: job.name });
    const resumed = await bed.ended(again!);
    expect(resumed.state).toBe(jobs.JobState.SUCCEEDED);
    expect(resumed.outputs).toEqual(whole.outputs);
  });

  it("give the same model in micro-batches, to rounding", async () => {
    const whole = await bed.train("whole-step", bed.sft());
    const parts = await bed.train("micro", bed.sft({ microBatchSize: 1 }));
    expect(parts.metrics["final_loss"]).toBeCloseTo(whole.metrics["final_loss"]!, 5);
  });

  it("train with dropout, which changes the result", async () => {
    const with0 = await bed.train("dropout-0", bed.sft());
    const with1 = await bed.train("dropout-1", bed.sft({ dropout: 0.1 }));
    expect(with1.state).toBe(jobs.JobState.SUCCEEDED);
    expect(with1.outputs["model"]).not.toEqual(with0.outputs["model"]);
  });
});

describe("what cannot be trained", () => {
  it("is refused at once where the spec is wrong, naming field and value", async () => {
    const spec = bed.sft();
    const cases = [
      [{ ...spec, optimizer: { ...spec.optimizer!, learningRate: 0 } }, "spec.optimizer.learning_rate"],
      [{ ...spec, epochs: 2 }, "spec.steps"],
      [{ ...spec, dropout: 1 }, "spec.dropout"],
      [{ ...spec, objective: undefined }, "spec.objective"],
    ] as const;
    for (const [wrong, field] of cases) {
      await expect(bed.peers.training.startTraining({ requestId: "wrong", spec: wrong })).rejects.toMatchObject({
        fields: [{ field }],
      });
    }
    await bed.start("used", spec);
    await expect(bed.start("used", { ...spec, seed: 6 })).rejects.toMatchObject({ reason: "REQUEST_ID_REUSED" });
  });

  it("fails by name where the numbers run away", async () => {
    const job = await bed.train(
      "runaway",
      bed.sft({ maxGradientNorm: 0, optimizer: { ...bed.sft().optimizer!, learningRate: 1e38 } }),
    );
    expect(job.state).toBe(jobs.JobState.FAILED);
    expect(job.error!.reason).toMatch(/^NON_FINITE_(LOSS|GRADIENT)$/);
  });

  it("fails by name where the model does not fit, before loading it", async () => {
    const value = {
      model: bed.examples,
      sources: [{ examples: bed.examples, batchSize: 4, promptLossWeight: 0, weight: undefined }],
    };
    const noModel = await bed.train("no-model", bed.sft({ objective: { $case: "sft", value } }));
    expect(noModel.error!.reason).toBe("DIRECTORY_LISTING_INVALID");
  });
});
