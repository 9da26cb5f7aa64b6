/** The training service: one job, run by engine processes of its own. */
import { training } from "@srlm/contracts";
import { EnginePool } from "@srlm/language-model";
import { implement, type ServiceModule } from "@srlm/service-kit";
import { checkSpec } from "./check-spec.ts";
import { trainingJob } from "./job.ts";

export interface TrainingOptions {
  /** Trainings at once, each in an engine process. */
  readonly engines: number;
  /** Bytes that one training may take. */
  readonly memoryBudgetBytes: number;
  /** `SRLM_BACKEND` of the engines; absent: the environment's. */
  readonly backend?: string;
  /** Milliseconds after which an idle engine exits. */
  readonly keepAliveMs?: number;
}

/** Compiled, also when this file runs from its source: Node 20 runs no TypeScript. */
const engineEntry = new URL("../dist/engine/training-engine.js", import.meta.url);

export function trainingService({ engines, memoryBudgetBytes, backend, keepAliveMs }: TrainingOptions): ServiceModule {
  return {
    name: "training",
    async create({ jobs }) {
      const options = {
        entry: engineEntry,
        ...(backend !== undefined && { env: { SRLM_BACKEND: backend } }),
        ...(keepAliveMs !== undefined && { keepAliveMs }),
      };
      const pool = new EnginePool(options, engines);
      const job = trainingJob(pool, memoryBudgetBytes);
      return {
        implementations: [
          implement(training.TrainingServiceDefinition, {
            async startTraining({ requestId, spec, labels }) {
              return { job: await jobs.submit(job, { requestId, spec: checkSpec(spec), labels }) };
            },
          }),
        ],
        jobKinds: [job],
        close: () => pool.close(),
      };
    },
  };
}
