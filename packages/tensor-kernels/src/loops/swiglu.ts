/**
 * SwiGLU:  y = silu(g) u,  silu(g) = g s,  s = 1 / (1 + exp(-g));
 *
 *   du = dy g s,    dg = dy u s (1 + g (1 - s))
 *
 * Source: Shazeer, "GLU Variants Improve Transformer", 2020.
 */
import { exp } from "./exp.ts";

export function swiGluElements(out: Float32Array, gate: Float32Array, up: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const g = gate[i]!;
    out[i] = (g / (1 + exp(-g))) * up[i]!;
  }
}

export function swiGluElementsBackward(
  gradGate: Float32Array,
  gradUp: Float32Array,
  gradOut: Float32Array,
  gate: Float32Array,
  up: Float32Array,
): void {
  for (let i = 0; i < gradOut.length; i++) {
    const g = gate[i]!;
    const dy = gradOut[i]!;
    const sigmoid = 1 / (1 + exp(-g));
    gradUp[i] = dy * g * sigmoid;
    gradGate[i] = dy * up[i]! * sigmoid * (1 + g * (1 - sigmoid));
  }
}
