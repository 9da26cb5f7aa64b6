/**
 * The training job: one shard, run by an engine process, from the latest checkpoint where an earlier try left one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArtifactRef, RECORDS_MEDIA_TYPE, recordOrigin } from "@srlm/artifacts";
import { training } from "@srlm/contracts";
import type { EnginePool } from "@srlm/language-model";
import { type JobKind, required, type ShardRun } from "@srlm/service-kit";
import type { TrainParams, TrainProgress, TrainResult } from "./engine/protocol.ts";
import { loadObjective, trainingInputs } from "./load-data.ts";
import type { Schedule } from "./schedule.ts";
import { copyTokenizer, startParams, tokenizerOf } from "./start-model.ts";
import { trainingMetrics } from "./training-metrics.ts";

/** Steps between checkpoints where the spec says nothing. */
const defaultCheckpointEvery = 100;

/** Name of the shard's saved state. */
const checkpointState = "checkpoint";

export interface TrainedShard {
  readonly model: ArtifactRef;
  readonly log: ArtifactRef;
  readonly metrics: Record<string, number>;
}

const scheduleKinds: Readonly<Record<number, Schedule["kind"]>> = {
  [training.ScheduleKind.CONSTANT]: "constant",
  [training.ScheduleKind.LINEAR]: "linear",
  [training.ScheduleKind.COSINE]: "cosine",
};

export function trainingJob(
  engines: EnginePool,
  memoryBudgetBytes: number,
): JobKind<training.TrainingSpec, null, TrainedShard> {
  return {
    kind: "training",
    specType: training.TrainingSpec,
    unit: "steps",
    concurrency: engines.size,
    // The number of steps is known to the engine alone where epochs are asked for.
    plan: async (spec) => [{ payload: null, size: spec.steps }],
    async runShard(spec, _, run) {
      const workDirectory = await mkdtemp(join(tmpdir(), "srlm-training-"));
      try {
        const params = await trainParams(spec, workDirectory, memoryBudgetBytes, run);
        const result = await runEngine(engines, params, run);
        return { value: await storeResult(spec, params, result, run), engineFingerprint: result.fingerprint };
      } finally {
        await rm(workDirectory, { recursive: true, force: true });
      }
    },
    async finish(_, [result]) {
      const { model, log, metrics } = result!.value;
      return { outputs: { model, training_log: log }, metrics };
    },
  };
}

async function trainParams(
  spec: training.TrainingSpec,
  workDirectory: string,
  memoryBudgetBytes: number,
  run: ShardRun,
): Promise<TrainParams> {
  const { artifacts, peers, signal } = run;
  const objective = required(spec.objective, "spec.objective");
  const { warmupSteps, finalRatio, kind } = required(spec.schedule, "spec.schedule");
  const checkpoint = await run.loadState(checkpointState);
  return {
    start: await startParams(objective, artifacts, peers, signal),
    objective: await loadObjective(objective, spec.batchSize, artifacts, signal),
    optimizer: required(spec.optimizer, "spec.optimizer"),
    schedule: { kind: scheduleKinds[kind]!, warmupSteps, finalRatio },
    length: spec.steps > 0 ? { steps: spec.steps } : { epochs: spec.epochs },
    microBatchSize: spec.microBatchSize,
    maxGradientNorm: spec.maxGradientNorm,
    dropout: spec.dropout,
    seed: spec.seed,
    workDirectory,
    checkpointEvery: spec.checkpointEvery || defaultCheckpointEvery,
    resumeFrom: checkpoint === undefined ? undefined : await artifacts.materialize(checkpoint, { signal }),
    memoryBudgetBytes,
  };
}

async function runEngine(engines: EnginePool, params: TrainParams, run: ShardRun): Promise<TrainResult> {
  let saved: Promise<void> = Promise.resolve();
  const onProgress = (progress: TrainProgress) => {
    if (progress.kind === "step") {
      const { step, loss, learningRate } = progress.log;
      run.report(step + 1, { loss, learning_rate: learningRate, steps: progress.steps });
    } else {
      saved = saved.then(() => saveCheckpoint(progress.directory, run));
      // A failure is thrown by the await below; until then it must not count as unhandled.
      saved.catch(() => {});
    }
  };
  try {
    return await engines.request<TrainResult>("train", params, { signal: run.signal, onProgress });
  } finally {
    // Also where the engine died: its folder goes next, and a checkpoint that is being stored must not lose files to it.
    await saved;
  }
}

async function saveCheckpoint(directory: string, run: ShardRun): Promise<void> {
  await run.saveState(checkpointState, await run.artifacts.putDirectory(directory, { signal: run.signal }));
  await rm(directory, { recursive: true });
}

async function storeResult(
  spec: training.TrainingSpec,
  params: TrainParams,
  { modelDirectory, logFile, logs, fingerprint }: TrainResult,
  { artifacts, job, signal }: ShardRun,
): Promise<TrainedShard> {
  const objective = required(spec.objective, "spec.objective");
  await copyTokenizer(tokenizerOf(objective), modelDirectory, artifacts, signal);
  const model = await artifacts.putDirectory(modelDirectory, { signal });
  const log = await artifacts.putFile(logFile, { mediaType: RECORDS_MEDIA_TYPE, recordCount: logs.length, signal });
  const parameters = {
    objective: objective.$case,
    steps: logs.length,
    seed: spec.seed,
    engine_fingerprint: fingerprint,
  };
  const inputs = trainingInputs(objective);
  await recordOrigin(artifacts, model, { kind: "model", producer: job, inputs, parameters }, { signal });
  const { objective: data } = params;
  const pairs = data.kind === "preference" ? data.pairs.lengths.length / data.pairs.parts : undefined;
  return { model, log, metrics: trainingMetrics(logs, pairs) };
}
