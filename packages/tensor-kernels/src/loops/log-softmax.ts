/**
 * Log-probability of one target per row of logits z:  log p = z_target - L,  L = log sum_v exp(z_v);
 * with g the derivative by log p:  dz_v = g ([v = target] - exp(z_v - L)). Sums are in f64.
 */
import { exp } from "./exp.ts";

export function targetLogProbs(
  logProbs: Float32Array,
  logSumExp: Float32Array,
  logits: Float32Array,
  targets: Int32Array,
): void {
  const width = targets.length === 0 ? 0 : logits.length / targets.length;
  for (let row = 0; row < targets.length; row++) {
    const base = row * width;
    let largest = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < width; v++) if (logits[base + v]! > largest) largest = logits[base + v]!;
    let total = 0;
    for (let v = 0; v < width; v++) total += exp(logits[base + v]! - largest);
    const normaliser = largest + Math.log(total);
    logSumExp[row] = normaliser;
    logProbs[row] = logits[base + targets[row]!]! - normaliser;
  }
}

/** Turns logits into their gradient, in place. */
export function targetLogProbsBackward(
  logits: Float32Array,
  gradLogProbs: Float32Array,
  logSumExp: Float32Array,
  targets: Int32Array,
): void {
  const width = targets.length === 0 ? 0 : logits.length / targets.length;
  for (let row = 0; row < targets.length; row++) {
    const base = row * width;
    const gradient = gradLogProbs[row]!;
    const normaliser = logSumExp[row]!;
    for (let v = 0; v < width; v++) logits[base + v] = -gradient * exp(logits[base + v]! - normaliser);
    logits[base + targets[row]!]! += gradient;
  }
}
