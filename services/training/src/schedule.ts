/**
 * Learning rate by step.
 *
 *   s < W:  lr(s) = base * s / W
 *   else    lr(s) = base * (f + (1 - f) * g(q)),   q = (s - W) / (S - W)
 *           linear g = 1 - q;   cosine g = (1 + cos(pi q)) / 2;   constant g = 1
 *
 *   s  optimiser step from 0;  W  warm-up steps;  S  all steps;  f  final ratio
 *
 * With f = 0 these are transformers' get_linear_ and get_cosine_schedule_with_warmup. The user's document decays
 * linearly, the paper by a cosine (5.5e-6 to 1.1e-6 for SFT: f = 0.2; 1e-6 to 1e-7 for DPO: f = 0.1).
 */

export interface Schedule {
  readonly kind: "constant" | "linear" | "cosine";
  readonly warmupSteps: number;
  readonly finalRatio: number;
}

/** Factor of the base learning rate at step `step` (from 0) of `steps`. */
export function scheduleFactor({ kind, warmupSteps, finalRatio }: Schedule, step: number, steps: number): number {
  if (step < warmupSteps) return step / warmupSteps;
  if (kind === "constant") return 1;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  const remaining = kind === "linear" ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return finalRatio + (1 - finalRatio) * remaining;
}
