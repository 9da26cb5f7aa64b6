/**
 * config.json and generation_config.json as transformers 4 writes them: version 5 reads that style as well, while
 * version 4 reads no `rope_parameters`.
 */
import type { LlamaConfig } from "../llama/llama-config.ts";

export function llamaConfigJson(config: LlamaConfig): Record<string, unknown> {
  const scaling = config.ropeScaling;
  return {
    architectures: ["LlamaForCausalLM"],
    attention_bias: config.attentionBias,
    attention_dropout: 0.0,
    bos_token_id: config.bosTokenId,
    eos_token_id: oneOrMany(config.eosTokenIds),
    head_dim: config.headDimension,
    hidden_act: "silu",
    hidden_size: config.hiddenSize,
    initializer_range: config.initializerRange,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    mlp_bias: config.mlpBias,
    model_type: "llama",
    num_attention_heads: config.headCount,
    num_hidden_layers: config.layerCount,
    num_key_value_heads: config.keyValueHeadCount,
    pad_token_id: config.padTokenId,
    pretraining_tp: 1,
    rms_norm_eps: config.rmsNormEpsilon,
    rope_scaling:
      scaling === null
        ? null
        : {
            factor: scaling.factor,
            high_freq_factor: scaling.highFrequencyFactor,
            low_freq_factor: scaling.lowFrequencyFactor,
            original_max_position_embeddings: scaling.originalMaxPositions,
            rope_type: "llama3",
          },
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedEmbeddings,
    torch_dtype: "float32",
    use_cache: true,
    vocab_size: config.vocabSize,
  };
}

/** Sampling settings are left to the caller of a model; only the special ids are written. */
export function generationConfigJson(config: LlamaConfig): Record<string, unknown> {
  return {
    _from_model_config: true,
    bos_token_id: config.bosTokenId,
    eos_token_id: oneOrMany(config.eosTokenIds),
    pad_token_id: config.padTokenId,
  };
}

function oneOrMany(ids: readonly number[]): number | number[] | null {
  return ids.length > 1 ? [...ids] : (ids[0] ?? null);
}
