/**
 * Random weights of a new model. With fan-in I of a matrix [O, I] and L layers:
 *
 *   embedding            N(0, s_e^2)          an untied output projection N(0, 1/I)
 *   matrices             N(0, 1/I)
 *   o and down           N(0, 1/(2 L I))      the 2 L branches that add to the residual stream keep its variance
 *   norms 1, biases 0
 *
 * Random numbers are counter-based, keyed by (seed, place of the tensor), so a weight depends on nothing else.
 * Source of the scaling of o and down: GPT-2; s_e decides how sharp a tied model's first predictions are.
 */
import { fillNormal } from "@srlm/tensor-kernels";
import { elementCount, type LlamaConfig, llamaTensors, type TensorSpec } from "./llama-config.ts";

export interface InitialisationSettings {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Standard deviation of the embedding; default 0.1, which suits small models (0.02 makes them learn late). */
  readonly embeddingStd?: number | undefined;
}

const defaultEmbeddingStd = 0.1;

/** Returns the function that makes each tensor's values. */
export function initialWeights(
  config: LlamaConfig,
  { seed, embeddingStd = defaultEmbeddingStd }: InitialisationSettings,
): (spec: TensorSpec) => Float32Array {
  const streams = new Map(llamaTensors(config).map(({ name }, i) => [name, i]));
  return ({ name, shape }) => {
    const values = new Float32Array(elementCount(shape));
    if (name.endsWith(".bias")) return values;
    if (name.endsWith("norm.weight")) return values.fill(1);
    fillNormal(values, seed, streams.get(name) as number, deviation(name, shape, config.layerCount, embeddingStd));
    return values;
  };
}

function deviation(name: string, shape: readonly number[], layers: number, embeddingStd: number): number {
  if (name === "model.embed_tokens.weight") return embeddingStd;
  const plain = 1 / Math.sqrt(shape[1] as number);
  const addsToResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
  return addsToResidual ? plain / Math.sqrt(2 * layers) : plain;
}
