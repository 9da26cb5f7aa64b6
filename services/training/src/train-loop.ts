/**
 * The optimiser loop: for each step the objective's gradient, clipping, the scheduled rate, the update.
 *
 *   g' = g * min(1, c / (||g|| + 1e-6))      c: max gradient norm, as torch.nn.utils.clip_grad_norm_
 *
 * A generator without clock or files: whoever drives it decides when to checkpoint, report or stop. After a step was
 * yielded the model holds the updated weights; a loop that begins at `firstStep` goes on exactly as if it had never
 * stopped, provided the model's weights and moments are those after step `firstStep - 1`.
 */
import type { Objective } from "./objectives/objective.ts";
import { type Schedule, scheduleFactor } from "./schedule.ts";
import type { Dropout, Trainable } from "./trainable-model.ts";
import { TrainingError } from "./training-error.ts";

export interface LoopOptions {
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly steps: number;
  /** 0: no clipping. */
  readonly maxGradientNorm: number;
  /** Rate 0: none. */
  readonly dropout: Dropout;
}

export interface StepLog {
  /** From 0. */
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly tokens: number;
  readonly figures: Readonly<Record<string, number>>;
}

export function* trainLoop(
  model: Trainable,
  objective: Objective,
  options: LoopOptions,
  firstStep = 0,
): Generator<StepLog, void, void> {
  const { schedule, steps, maxGradientNorm, dropout } = options;
  for (let step = firstStep; step < steps; step += 1) {
    const result = objective.run(model, step, dropout.rate > 0 ? dropout : undefined);
    if (!Number.isFinite(result.loss)) throw nonFiniteLoss(result.loss, step);
    const learningRate = options.learningRate * scheduleFactor(schedule, step, steps);
    const { gradientNorm } = model.update(learningRate, maxGradientNorm > 0 ? maxGradientNorm : undefined);
    yield { step, learningRate, gradientNorm, ...result };
  }
}

/** Training on would only spread it to every weight. */
function nonFiniteLoss(loss: number, step: number): TrainingError {
  const what = `the loss is ${loss} in step ${step}: lower the learning rate or look at the data`;
  return new TrainingError("NON_FINITE_LOSS", what);
}
