import type { AdamWOptions } from "../backend.ts";

/**
 * AdamW, one tensor, in place:
 *
 *   p *= 1 - lr wd;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 *   p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * lr: learning rate, wd: weight decay (0 where `decay` is false), g: gradient times gradScale, t: step from 1.
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019; torch.optim.AdamW. Moments are
 * rounded to f32 when stored, the update itself is computed in f64.
 */
export function adamWElements(
  value: Float32Array,
  grad: Float32Array,
  firstMoment: Float32Array,
  secondMoment: Float32Array,
  decay: boolean,
  options: AdamWOptions,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, gradScale } = options;
  const shrink = decay ? 1 - learningRate * weightDecay : 1;
  const stepSize = learningRate / (1 - beta1 ** step);
  const secondCorrection = 1 / (1 - beta2 ** step);
  for (let i = 0; i < value.length; i++) {
    const g = grad[i]! * gradScale;
    const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
    const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    value[i] = value[i]! * shrink - (stepSize * m) / (Math.sqrt(v * secondCorrection) + epsilon);
  }
}
