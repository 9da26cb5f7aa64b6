import type { StepDropout, TrainableModel } from "../trainable-model.ts";

/** What one optimiser step gave, before the update. */
export interface StepResult {
  readonly loss: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  /** Further figures for the log, such as the accuracy of DPO. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Dropout without the row keys, which depend on the batch. */
export type DropoutSource = Omit<StepDropout, "rowKeys"> | undefined;

/**
 * A loss over data: which examples a step takes, and how their loss and gradient come about. Step numbers begin at 0
 * and may be asked for in any order: a resumed job begins where it was.
 */
export interface Objective {
  /** Steps of one pass over the data. */
  readonly stepsPerEpoch: number;
  /** Accumulates the gradient of the step's loss in the model. */
  run(model: TrainableModel, step: number, dropout: DropoutSource): StepResult;
}
