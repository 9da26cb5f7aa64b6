import type { ArtifactStore } from "@srlm/artifacts";
import type { Bus } from "@srlm/messaging";
import type { Logger } from "pino";
import type { Peers } from "../client/peers.ts";
import type { ServiceMetrics } from "../metrics.ts";
import { JobDirectory } from "./job-directory.ts";
import { publishJobEvent } from "./job-events.ts";
import { JobQueues, LEASE_MS } from "./job-queues.ts";
import { type StoredJob, toJob } from "./job-record.ts";
import { JobStore } from "./job-store.ts";
import { JobWorker } from "./job-worker.ts";
import type { Jobs } from "./jobs.ts";

export interface JobRuntimeOptions {
  readonly bus: Bus;
  readonly artifacts: ArtifactStore;
  readonly peers: Peers;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  /** Default 30 s; must be the same in all processes of a deployment. */
  readonly leaseMs?: number | undefined;
  readonly now?: () => number;
}

export interface JobRuntime {
  readonly jobs: Jobs;
  readonly worker: JobWorker;
}

/** The jobs of a deployment and this process's worker for them. */
export async function openJobs(options: JobRuntimeOptions): Promise<JobRuntime> {
  const { bus, metrics } = options;
  const store = await JobStore.open(bus, options.now ?? Date.now);
  const queues = new JobQueues(bus, store, options.leaseMs ?? LEASE_MS);
  const announce = async (event: "started" | "progressed" | "ended", stored: StoredJob) => {
    const job = toJob(stored);
    const { kind, phase } = stored.record;
    if (event === "ended" && "endTime" in phase) {
      const seconds = (phase.endTime - (phase.startTime ?? phase.endTime)) / 1000;
      metrics.jobSeconds.observe({ kind, state: phase.state }, seconds);
    }
    await publishJobEvent(bus.events, event, job);
  };
  return {
    jobs: new JobDirectory(store, queues, announce),
    worker: new JobWorker({ ...options, store, queues, announce }),
  };
}
