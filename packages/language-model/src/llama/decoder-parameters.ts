import type { AttentionSpec, Backend, DecoderWeights, LinearWeights, Tensor } from "@srlm/tensor-kernels";
import type { LlamaConfig } from "./llama-config.ts";
import { rotaryFrequencies } from "./rotary-frequencies.ts";

/** Named tensors of one model (its weights, or their gradients), arranged as the computation uses them. */
export type DecoderParameters = Omit<DecoderWeights, "attention" | "normEpsilon">;

/** `find` returns the tensor of each name of `llamaTensors`. */
export function arrangeParameters(config: LlamaConfig, find: (name: string) => Tensor): DecoderParameters {
  const projection = (name: string, bias: boolean): LinearWeights => ({
    weight: find(`${name}.weight`),
    bias: bias ? find(`${name}.bias`) : undefined,
  });
  const embedding = find("model.embed_tokens.weight");
  return {
    embedding,
    layers: Array.from({ length: config.layerCount }, (_, i) => {
      const attention = `model.layers.${i}.self_attn`;
      const mlp = `model.layers.${i}.mlp`;
      return {
        attentionNorm: find(`model.layers.${i}.input_layernorm.weight`),
        query: projection(`${attention}.q_proj`, config.attentionBias),
        key: projection(`${attention}.k_proj`, config.attentionBias),
        value: projection(`${attention}.v_proj`, config.attentionBias),
        output: projection(`${attention}.o_proj`, config.attentionBias),
        mlpNorm: find(`model.layers.${i}.post_attention_layernorm.weight`),
        gate: projection(`${mlp}.gate_proj`, config.mlpBias),
        up: projection(`${mlp}.up_proj`, config.mlpBias),
        down: projection(`${mlp}.down_proj`, config.mlpBias),
      };
    }),
    finalNorm: find("model.norm.weight"),
    head: config.tiedEmbeddings ? embedding : find("lm_head.weight"),
  };
}

/** Attention of this shape, with cos and sin of all positions uploaded; they belong to the caller. */
export function uploadAttentionSpec(backend: Backend, config: LlamaConfig): AttentionSpec {
  const frequencies = rotaryFrequencies(config);
  const half = frequencies.length;
  const cos = new Float32Array(config.maxPositions * half);
  const sin = new Float32Array(config.maxPositions * half);
  for (let position = 0; position < config.maxPositions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * (frequencies[i] as number)); // rounded as in transformers
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  const shape = [config.maxPositions, half];
  return {
    heads: config.headCount,
    kvHeads: config.keyValueHeadCount,
    headDim: config.headDimension,
    scale: 1 / Math.sqrt(config.headDimension),
    rotary: { cos: backend.upload(cos, shape), sin: backend.upload(sin, shape) },
  };
}
