/**
 * A checkpoint: all that a training needs to go on bit for bit. Weights, moments and step number as safetensors, the
 * log of the steps done, and for DPO the reference log-probabilities.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainableModel } from "@srlm/language-model";
import type { ReferenceLogProbs } from "../objectives/preference.ts";
import type { StepLog } from "../train-loop.ts";

const stateFile = "state.safetensors";
const logFile = "log.jsonl";
const referenceFile = "reference.json";
const engineFile = "engine.txt";

export function writeLog(path: string, logs: readonly StepLog[]): void {
  writeFileSync(path, logs.map((log) => `${JSON.stringify(log)}\n`).join(""));
}

/** Writes the state after the last step of `logs` to `directory`. */
export function writeCheckpoint(
  directory: string,
  model: TrainableModel,
  logs: readonly StepLog[],
  reference: ReferenceLogProbs | undefined,
  fingerprint: string,
): void {
  mkdirSync(directory, { recursive: true });
  model.saveState(join(directory, stateFile));
  writeLog(join(directory, logFile), logs);
  writeFileSync(join(directory, engineFile), fingerprint);
  if (reference !== undefined) {
    const { chosen, rejected } = reference;
    writeFileSync(join(directory, referenceFile), JSON.stringify({ chosen: [...chosen], rejected: [...rejected] }));
  }
}

/**
 * Whether the checkpoint is of this engine. One of another is not gone on from: half the steps by one engine and half by
 * another would be bytes that neither gives.
 */
export function isOfEngine(directory: string, fingerprint: string): boolean {
  return readFileSync(join(directory, engineFile), "utf8") === fingerprint;
}

/** Puts weights, moments and step number back into the model; returns the log of the steps done. */
export function restoreCheckpoint(directory: string, model: TrainableModel): StepLog[] {
  model.restoreState(join(directory, stateFile));
  const lines = readFileSync(join(directory, logFile), "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as StepLog);
}

/** Reference log-probabilities of a checkpoint; undefined where it has none. */
export function readReference(directory: string): ReferenceLogProbs | undefined {
  const path = join(directory, referenceFile);
  if (!existsSync(path)) return undefined;
  const { chosen, rejected } = JSON.parse(readFileSync(path, "utf8")) as { chosen: number[]; rejected: number[] };
  return { chosen: Float64Array.from(chosen), rejected: Float64Array.from(rejected) };
}
