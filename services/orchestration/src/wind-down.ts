import type { Jobs } from "@srlm/service-kit";
import { type Effect, effectsOf } from "./run/effects.ts";
import type { RunState } from "./run/run-state.ts";
import type { RunEvent } from "./run/transition.ts";
import { toSnapshot } from "./run-message.ts";
import type { RunStore } from "./run-store.ts";
import { stageLabels } from "./start-stage.ts";

/**
 * Brings a run that stops to its end: cancels the jobs of its stages and waits for them. Asks the shared state of jobs
 * alone, so that it works from any process, and may be done twice at a time.
 */
export async function windDown(name: string, store: RunStore, jobs: Jobs, signal?: AbortSignal): Promise<RunState> {
  for (;;) {
    const run = await store.load(name);
    const effects = effectsOf(run);
    if (run.phase.phase !== "stopping" || effects.length === 0) return run;
    // All are asked to stop before one is waited for.
    for (const effect of effects) if (effect.type === "cancel") await jobs.cancel(effect.job.name);
    for (const effect of effects) await store.apply(name, await settle(name, effect, jobs, signal));
  }
}

async function settle(run: string, { type, stage }: Effect, jobs: Jobs, signal?: AbortSignal): Promise<RunEvent> {
  const job = "job" in stage.status ? stage.status.job?.name : undefined;
  if (type === "cancel" && job !== undefined) {
    return { type: "job", stage: stage.name, job: toSnapshot(await jobs.waitForEnd(job, signal)) };
  }
  // A stage that was about to start: its job may be there, unseen by a process that died.
  const [found] = await jobs.list({ labels: stageLabels(run, stage.name) });
  if (found === undefined) return { type: "withdrawn", stage: stage.name };
  const seen = toSnapshot(found);
  const known = "job" in stage.status ? stage.status.job?.sequence : undefined;
  if (known !== undefined && seen.sequence <= known) return { type: "withdrawn", stage: stage.name };
  return { type: "job", stage: stage.name, job: seen };
}
