/** One training from its first or a later step to its last, inside the engine process. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkMemory, LanguageModel, type LlamaConfig, readModelConfig, TrainableModel } from "@srlm/language-model";
import type { Backend } from "@srlm/tensor-kernels";
import { type LoopOptions, type StepLog, trainLoop } from "../train-loop.ts";
import type { Trainable } from "../trainable-model.ts";
import { TrainingError } from "../training-error.ts";
import { buildObjective, sequenceLengths, tokensAtOnce } from "./build-objective.ts";
import { isOfEngine, readReference, restoreCheckpoint, writeCheckpoint, writeLog } from "./checkpoint.ts";
import type { TrainParams, TrainProgress, TrainResult } from "./protocol.ts";

/** What surrounds it: where progress goes, and the pause in which a cancellation arrives (and is thrown). */
export interface TrainContext {
  progress(value: TrainProgress): void;
  pause(): Promise<void>;
}

export async function train(backend: Backend, params: TrainParams, context: TrainContext): Promise<TrainResult> {
  const { start, objective: data, microBatchSize, optimizer, workDirectory } = params;
  const config = start.kind === "new" ? start.config : readModelConfig(start.directory);
  const name = start.kind === "new" ? "the new model" : "the model";
  const budget = Math.min(params.memoryBudgetBytes, backend.info.memoryLimitBytes ?? Number.POSITIVE_INFINITY);
  checkMemory(name, config, "training", budget, tokensAtOnce(data, microBatchSize));
  checkLengths(data, config);
  const model =
    start.kind === "new"
      ? LanguageModel.initialise(backend, config, { seed: params.seed, embeddingStd: start.embeddingStd })
      : LanguageModel.load(backend, start.directory);
  const trainable = new TrainableModel(model, {
    ...optimizer,
    decays: (tensor) => optimizer.decayAll || !isBiasOrNorm(tensor),
  });
  try {
    const { fingerprint } = backend.info;
    const given = params.resumeFrom;
    const resumeFrom = given !== undefined && isOfEngine(given, fingerprint) ? given : undefined;
    const cached = resumeFrom === undefined ? undefined : readReference(resumeFrom);
    const adapter = asTrainable(model, trainable);
    const { objective, reference } = buildObjective(data, adapter, microBatchSize, params.seed, cached);
    const logs = resumeFrom === undefined ? [] : restoreCheckpoint(resumeFrom, trainable);
    const steps = "steps" in params.length ? params.length.steps : params.length.epochs * objective.stepsPerEpoch;
    for (const log of trainLoop(adapter, objective, loopOptions(params, steps), logs.length)) {
      if (log.step === 0 && params.dropout === 0) checkStart(log);
      logs.push(log);
      context.progress({ kind: "step", log, steps });
      if (logs.length % params.checkpointEvery === 0 && logs.length < steps) {
        const directory = join(workDirectory, `checkpoint-${logs.length}`);
        writeCheckpoint(directory, trainable, logs, reference, fingerprint);
        context.progress({ kind: "checkpoint", directory });
      }
      await context.pause();
    }
    return { ...writeResult(workDirectory, model, logs), logs, fingerprint };
  } finally {
    trainable.free();
    model.free();
  }
}

function loopOptions(params: TrainParams, steps: number): LoopOptions {
  const { optimizer, schedule, maxGradientNorm, dropout, seed } = params;
  return { learningRate: optimizer.learningRate, schedule, steps, maxGradientNorm, dropout: { rate: dropout, seed } };
}

function asTrainable(model: LanguageModel, trainable: TrainableModel): Trainable {
  return {
    logProbabilities: (batch) => model.logProbabilities(batch),
    accumulateGradients: (batch, derivative, dropout) => trainable.accumulateGradients(batch, derivative, dropout),
    update: (learningRate, maxGradientNorm) => trainable.update(learningRate, maxGradientNorm),
  };
}

/** What Hugging Face's Trainer leaves out of weight decay. */
function isBiasOrNorm(tensor: string): boolean {
  return tensor.endsWith(".bias") || tensor.endsWith("norm.weight");
}

function checkLengths(data: TrainParams["objective"], { maxPositions }: LlamaConfig): void {
  const longest = sequenceLengths(data).reduce((most, length) => Math.max(most, length), 0);
  if (longest <= maxPositions) return;
  throw new TrainingError(
    "EXAMPLE_TOO_LONG",
    `an example has ${longest} tokens, the model's context is ${maxPositions}: set max_tokens of the tokenization to ${maxPositions} or less`,
  );
}

/** Wider than rounding (1e-6 where the backend is batch-invariant), far below what another model would give. */
const startTolerance = 1e-3;

/** Before the first update policy equals reference: REFERENCE_MISMATCH where DPO does not begin at ln 2. */
export function checkStart({ figures }: Pick<StepLog, "figures">): void {
  const sigmoidLoss = figures["sigmoid_loss"];
  if (sigmoidLoss === undefined || Math.abs(sigmoidLoss - Math.LN2) <= startTolerance) return;
  const what = `DPO begins at a loss of ${sigmoidLoss} where policy and reference are one model, which is ln 2`;
  throw new TrainingError("REFERENCE_MISMATCH", what);
}

function writeResult(workDirectory: string, model: LanguageModel, logs: readonly StepLog[]) {
  const modelDirectory = join(workDirectory, "model");
  const logFile = join(workDirectory, "training-log.jsonl");
  mkdirSync(modelDirectory, { recursive: true });
  model.save(modelDirectory);
  writeLog(logFile, logs);
  return { modelDirectory, logFile };
}
