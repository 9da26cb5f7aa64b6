/** What the training job asks of its engine process, and hears from it. Files and ids only. */
import type { LlamaConfig } from "@srlm/language-model";
import type { Schedule } from "../schedule.ts";
import type { StepLog } from "../train-loop.ts";
import type { PackedRows } from "./packed-data.ts";

export interface SourceParams {
  readonly name: string;
  readonly examples: PackedRows;
  readonly batchSize: number;
  readonly promptLossWeight: number;
  readonly weight: number;
}

export type ObjectiveParams =
  | { readonly kind: "next-token"; readonly sources: readonly SourceParams[] }
  | {
      readonly kind: "preference";
      readonly pairs: PackedRows;
      readonly batchSize: number;
      readonly beta: number;
      readonly nllWeight: number;
    };

export type StartParams =
  | { readonly kind: "directory"; readonly directory: string }
  | { readonly kind: "new"; readonly config: LlamaConfig; readonly embeddingStd: number };

export interface OptimizerParams {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decayAll: boolean;
}

export interface TrainParams {
  readonly start: StartParams;
  readonly objective: ObjectiveParams;
  readonly optimizer: OptimizerParams;
  readonly schedule: Schedule;
  readonly length: { readonly steps: number } | { readonly epochs: number };
  readonly microBatchSize: number;
  readonly maxGradientNorm: number;
  readonly dropout: number;
  readonly seed: number;
  /** A folder of this training alone: checkpoints and the trained model are written below it. */
  readonly workDirectory: string;
  readonly checkpointEvery: number;
  /** Folder of the checkpoint to go on from; one that another engine wrote is passed over. */
  readonly resumeFrom?: string | undefined;
  readonly memoryBudgetBytes: number;
}

export type TrainProgress =
  | { readonly kind: "step"; readonly log: StepLog; readonly steps: number }
  /** A complete checkpoint lies in `directory`, which the receiver removes when it has stored it. */
  | { readonly kind: "checkpoint"; readonly directory: string };

export interface TrainResult {
  /** config.json, generation_config.json and weights; the tokenizer's files are not there yet. */
  readonly modelDirectory: string;
  /** One JSON line for each step. */
  readonly logFile: string;
  readonly logs: readonly StepLog[];
  readonly fingerprint: string;
}
