/**
 * Angular frequencies of rotary attention, one for each pair of a head's dimensions:
 *
 *   f_i = theta^(-2i/d),  i = 0 .. d/2-1        position p turns pair i by the angle p f_i
 *
 * and scaled as Llama 3.1 does it, with wavelength w_i = 2 pi / f_i and context length L before scaling:
 *
 *   w_i < L/high: f_i                 w_i > L/low: f_i/factor
 *   between:      (1-s) f_i/factor + s f_i,  s = (L/w_i - low)/(high - low)
 *
 * Source: transformers' modeling_rope_utils (`default`, `llama3`), whose f32 rounding is followed step by step.
 */
import type { LlamaConfig } from "./llama-config.ts";

const f32 = Math.fround;

/** f_i as f32, length headDimension / 2. */
export function rotaryFrequencies(config: LlamaConfig): Float32Array {
  const { headDimension: d, ropeTheta, ropeScaling: scaling } = config;
  const plain = Float32Array.from({ length: d / 2 }, (_, i) => 1 / f32(ropeTheta ** f32((2 * i) / d)));
  if (scaling === null) return plain;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions: length } = scaling;
  return plain.map((frequency) => {
    const wavelength = f32((2 * Math.PI) / frequency);
    if (wavelength < length / high) return frequency;
    if (wavelength > length / low) return frequency / factor;
    const smooth = f32(f32(f32(length / wavelength) - low) / (high - low));
    return f32(f32((1 - smooth) * f32(frequency / factor)) + f32(smooth * frequency));
  });
}
