/**
 * The optimiser loop: for each step the objective's gradient, clipping, the scheduled rate, AdamW.
 *
 *   g' = g * min(1, c / (||g|| + 1e-6))      c: max_gradient_norm, as torch.nn.utils.clip_grad_norm_
 *
 * A generator without clock or files: whoever drives it decides when to checkpoint, report or stop. After a step was
 * yielded the model holds the updated weights; a loop that begins at `firstStep` goes on exactly as if it had never
 * stopped, provided the model's weights and moments are those after step `firstStep - 1`.
 */
import type { Objective } from "./objectives/objective.ts";
import { type Schedule, scheduleFactor } from "./schedule.ts";
import type { TrainableModel, Update } from "./trainable-model.ts";

export interface LoopOptions {
  readonly optimizer: Omit<Update, "step" | "gradientScale">;
  readonly schedule: Schedule;
  readonly steps: number;
  /** 0: no clipping. */
  readonly maxGradientNorm: number;
  readonly dropout: number;
  readonly seed: number;
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

/** A loss or gradient that is not a finite number: training on would only spread it. */
export class NonFiniteError extends Error {
  readonly what: "loss" | "gradient";
  readonly step: number;
  constructor(what: "loss" | "gradient", value: number, step: number) {
    super(`the ${what}${what === "gradient" ? "'s norm" : ""} is ${value} in step ${step}: lower the learning rate`);
    this.what = what;
    this.step = step;
  }
}

/** Keeps the clipping factor defined for a gradient of 0. */
const clippingEpsilon = 1e-6;

export function* trainLoop(
  model: TrainableModel,
  objective: Objective,
  options: LoopOptions,
  firstStep = 0,
): Generator<StepLog, void, void> {
  const { optimizer, schedule, steps, maxGradientNorm, dropout: rate, seed } = options;
  for (let step = firstStep; step < steps; step += 1) {
    const result = objective.run(model, step, rate > 0 ? { rate, seed, step } : undefined);
    if (!Number.isFinite(result.loss)) throw new NonFiniteError("loss", result.loss, step);
    const gradientNorm = model.gradientNorm();
    if (!Number.isFinite(gradientNorm)) throw new NonFiniteError("gradient", gradientNorm, step);
    const learningRate = optimizer.learningRate * scheduleFactor(schedule, step, steps);
    const gradientScale = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (gradientNorm + clippingEpsilon)) : 1;
    model.update({ ...optimizer, learningRate, step: step + 1, gradientScale });
    yield { step, learningRate, gradientNorm, ...result };
  }
}
