import type { Dropout, Trainable } from "../trainable-model.ts";

/** What one optimiser step gave, before the update. */
export interface StepResult {
  readonly loss: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  /** Further figures for the log, such as the accuracy of DPO. */
  readonly figures: Readonly<Record<string, number>>;
}

/**
 * A loss over data: which examples a step takes, and how their loss and gradient come about. Step numbers begin at 0
 * and may be asked for in any order: a resumed job begins where it was.
 */
export interface Objective {
  /** Steps of one pass over the data. */
  readonly stepsPerEpoch: number;
  /** Accumulates the gradient of the step's loss in the model. */
  run(model: Trainable, step: number, dropout: Dropout | undefined): StepResult;
}

/** Consecutive parts of at most `size` items, for micro-batches; 0 means one part with all of them. */
export function split<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0 || items.length <= size) return [[...items]];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
