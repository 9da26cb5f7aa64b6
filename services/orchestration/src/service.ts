/** The orchestration service: runs of the loop, as jobs that start the jobs of all other services. */
import { orchestration } from "@srlm/contracts";
import {
  failedPrecondition,
  implement,
  invalidArgument,
  type Jobs,
  required,
  type ServiceModule,
} from "@srlm/service-kit";
import { ensureRun, jobOfRun, runJob } from "./job.ts";
import { newRun } from "./new-run.ts";
import type { RunState } from "./run/run-state.ts";
import { hasEnded, RunGuard } from "./run-guard.ts";
import { toRunMessage } from "./run-message.ts";
import { RunStore } from "./run-store.ts";
import { windDown } from "./wind-down.ts";

export interface OrchestrationOptions {
  /** Milliseconds between two passes that compare a run with its jobs. Default 5 s. */
  readonly reconcileMs?: number;
}

export function orchestrationService(options: OrchestrationOptions = {}): ServiceModule {
  return {
    name: "orchestration",
    async create(context) {
      const store = await RunStore.open(context.bus);
      const { jobs, bus } = context;
      const kind = runJob({ store, bus, jobs, ...options });
      const guard = new RunGuard(store, context);
      for (const { name, phase } of await store.all()) if (phase.phase !== "ended") guard.watch(name);
      return {
        implementations: [
          implement(orchestration.OrchestrationServiceDefinition, {
            async startRun({ requestId, spec, labels }) {
              const given = required(spec, "spec");
              // Refused before there is a job: a run that cannot begin leaves nothing.
              await newRun("runs/new", given, context.artifacts);
              const job = await jobs.submit(kind, { requestId, spec: given, labels });
              const run = await ensureRun(job.name, given, { store }, context.artifacts);
              guard.watch(run.name);
              return { job, run: run.name };
            },
            async getRun({ name }) {
              return { run: toRunMessage(await store.load(name)) };
            },
            async listRuns(request) {
              return listPage(await store.all(), request);
            },
            async *watchRun({ name, afterSequence }, { signal }) {
              for await (const run of store.watch(name, afterSequence, signal)) yield { run: toRunMessage(run) };
            },
            async cancelRun({ name }) {
              return { run: toRunMessage(await cancelRun(name, store, jobs)) };
            },
            async resumeRun({ name }) {
              const run = await resumeRun(name, store, jobs);
              guard.watch(name);
              return { run: toRunMessage(run) };
            },
          }),
        ],
        jobKinds: [kind],
        close: () => guard.close(),
      };
    },
  };
}

/** The driver of the run, told by its job, stops the stages; where nobody drives, that is done here. */
async function cancelRun(name: string, store: RunStore, jobs: Jobs): Promise<RunState> {
  const run = await store.load(name);
  if (run.phase.phase === "ended") return run;
  const stopping = await store.apply(name, { type: "cancel" });
  const job = await jobs.cancel(jobOfRun(name));
  return hasEnded(job) ? windDown(name, store, jobs) : stopping;
}

async function resumeRun(name: string, store: RunStore, jobs: Jobs): Promise<RunState> {
  const run = await store.load(name);
  if (run.phase.phase === "running") return run;
  if (run.phase.as.state === "succeeded") {
    throw failedPrecondition("RUN_SUCCEEDED", `${name} has succeeded: there is nothing left to do`);
  }
  const job = await jobs.get(jobOfRun(name));
  if (run.phase.phase === "stopping" || !hasEnded(job)) {
    throw failedPrecondition("RUN_STOPPING", `${name} is being stopped: resume it once it has ended`);
  }
  // The job first: a run that goes on without its job would be taken for one that nobody drives.
  await jobs.resubmit(job.name);
  return store.apply(name, { type: "resume" });
}

const DEFAULT_PAGE_SIZE = 100;
/** Of the contract. */
const MAX_PAGE_SIZE = 1000;

function listPage(runs: readonly RunState[], request: orchestration.ListRunsRequest): orchestration.ListRunsResponse {
  const { pageSize, pageToken } = request;
  if (pageSize < 0 || pageSize > MAX_PAGE_SIZE) {
    throw invalidArgument("page_size", `must be in [0, ${MAX_PAGE_SIZE}], got ${pageSize}`);
  }
  const last = pageToken === "" ? -1 : runs.findIndex(({ name }) => name === pageToken);
  if (pageToken !== "" && last === -1) {
    throw invalidArgument("page_token", "must be the next_page_token of an earlier call", "PAGE_TOKEN_INVALID");
  }
  const page = runs.slice(last + 1, last + 1 + (pageSize || DEFAULT_PAGE_SIZE));
  const more = last + 1 + page.length < runs.length;
  return { runs: page.map(toRunMessage), nextPageToken: more ? (page.at(-1)?.name ?? "") : "" };
}
