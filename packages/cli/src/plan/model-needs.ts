import { estimateMemory, type LlamaConfig } from "@srlm/language-model";
import type { Config } from "@srlm/orchestration";

/** Vocabulary of a new model before its tokenizer is trained: the limit. */
export function newModelShape({ new_model: shape, tokenizer }: Pick<Config, "new_model" | "tokenizer">): LlamaConfig {
  if (shape === undefined || tokenizer === undefined) throw new Error("the configuration describes no new model");
  return {
    vocabSize: tokenizer.vocabulary_size,
    hiddenSize: shape.hidden_size,
    intermediateSize: shape.intermediate_size,
    layerCount: shape.layers,
    headCount: shape.attention_heads,
    keyValueHeadCount: shape.key_value_heads,
    headDimension: shape.hidden_size / shape.attention_heads,
    rmsNormEpsilon: shape.rms_norm_eps,
    maxPositions: shape.max_positions,
    ropeTheta: shape.rope_theta,
    ropeScaling: null,
    tiedEmbeddings: shape.tie_embeddings,
    attentionBias: false,
    mlpBias: false,
    initializerRange: shape.embedding_std,
    bosTokenId: null,
    eosTokenIds: [],
    padTokenId: null,
  };
}

/** Most tokens that one pass of training holds: sequences of a pass, each as long as the longest may be. */
export function trainingTokens(config: Config, shape: LlamaConfig): number {
  const longest = Math.min(config.data.max_tokens || shape.maxPositions, shape.maxPositions);
  const sequences = [
    (section: { micro_batch_size: number }, batch: number) => section.micro_batch_size || batch,
  ].flatMap((perPass) => [
    ...(config.pretrain === undefined ? [] : [perPass(config.pretrain, config.pretrain.batch_size)]),
    perPass(config.sft, Math.max(config.sft.ift_batch_size, config.sft.eft_batch_size ?? 0)),
    // A pair is two sequences.
    ...(config.max_iterations === 0 ? [] : [2 * perPass(config.dpo, config.dpo.batch_size)]),
  ]);
  return longest * Math.max(...sequences);
}

/** What an engine needs at most for the model, in bytes. */
export function neededBytes(config: Config, shape: LlamaConfig): number {
  return Math.max(
    estimateMemory(shape, "training", trainingTokens(config, shape)).totalBytes,
    estimateMemory(shape, "sampling").totalBytes,
  );
}
