import { orchestration } from "@srlm/contracts";
import { type JobKind, type JobStep, ServiceError } from "@srlm/service-kit";
import { type DriverOptions, type DrivingShard, RunDriver } from "./drive-run.ts";
import { newRun, readConfig } from "./new-run.ts";
import { planRun, REPORT_STAGE } from "./run/plan.ts";
import { type Refs, type RunState, succeededJob } from "./run/run-state.ts";
import { createRun } from "./run/transition.ts";
import { windDown } from "./wind-down.ts";

export const RUN_KIND = "run";
const JOB_PREFIX = `jobs/${RUN_KIND}-`;

/** The run of a job of this kind, and back. */
export function runOfJob(job: string): string {
  return `runs/${job.slice(JOB_PREFIX.length)}`;
}

export function jobOfRun(run: string): string {
  return `${JOB_PREFIX}${run.slice("runs/".length)}`;
}

/** The stored run of a spec, created if it is not there. */
export async function ensureRun(
  job: string,
  spec: orchestration.RunSpec,
  { store }: Pick<DriverOptions, "store">,
  artifacts: JobStep["artifacts"],
): Promise<RunState> {
  const name = runOfJob(job);
  return (await store.find(name)) ?? store.create(createRun(await newRun(name, spec, artifacts), store.now()));
}

/** A run is a job of one shard that works as long as the run does. */
export function runJob(options: DriverOptions): JobKind<orchestration.RunSpec, null, { readonly outputs: Refs }> {
  return {
    kind: RUN_KIND,
    specType: orchestration.RunSpec,
    unit: "stages",
    // Runs wait more than they work.
    concurrency: 8,
    async plan(spec) {
      return [{ payload: null, size: planRun(readConfig(spec.configYaml)).length }];
    },
    async runShard(spec, _shard, run) {
      const known = await ensureRun(run.job, spec, options, run.artifacts);
      // The job was put back to work: so is the run. Without effect on one that has not ended.
      await options.store.apply(known.name, { type: "resume" });
      const ended = await drive(known.name, run, options);
      if (ended.phase.phase === "ended" && ended.phase.as.state === "failed") {
        const { code, reason, message } = ended.phase.as.error;
        throw new ServiceError(code, reason, message);
      }
      if (ended.phase.phase === "ended" && ended.phase.as.state === "cancelled") {
        await options.jobs.cancel(run.job);
        run.signal.throwIfAborted();
        throw new ServiceError(1, "RUN_CANCELLED", `${known.name} was cancelled`);
      }
      return { value: { outputs: succeededJob(ended, REPORT_STAGE)?.outputs ?? {} } };
    },
    async finish(_spec, [result]) {
      return { outputs: result?.value.outputs ?? {}, metrics: {} };
    },
  };
}

/** Drives the run; where its job is cancelled meanwhile, cancels it with all its stages before it lets go. */
async function drive(name: string, run: DrivingShard, options: DriverOptions): Promise<RunState> {
  try {
    return await new RunDriver(name, run, options).drive();
  } catch (error) {
    if (run.signal.aborted && ServiceError.from(run.signal.reason).reason === "JOB_STOPPED") {
      await options.store.apply(name, { type: "cancel" });
      await windDown(name, options.store, options.jobs);
    }
    throw error;
  }
}
