/** Frequencies of rotary attention changed as Llama 3.1 does it; see `rotary-frequencies.ts`. */
export interface Llama3RopeScaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalMaxPositions: number;
}

/** The shape of a Llama model and the ids that it treats specially. */
export interface LlamaConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Divides `headCount`; smaller in grouped-query attention. */
  readonly keyValueHeadCount: number;
  /** Even; need not be hiddenSize / headCount. */
  readonly headDimension: number;
  readonly rmsNormEpsilon: number;
  /** Context length: prompt and answer together. */
  readonly maxPositions: number;
  readonly ropeTheta: number;
  readonly ropeScaling: Llama3RopeScaling | null;
  /** The output projection is the embedding table itself. */
  readonly tiedEmbeddings: boolean;
  /** Biases on the q, k, v and o projections. */
  readonly attentionBias: boolean;
  /** Biases on the gate, up and down projections. */
  readonly mlpBias: boolean;
  /** Standard deviation of new weights in transformers; written back, used by nothing here. */
  readonly initializerRange: number;
  readonly bosTokenId: number | null;
  /** Ids that end a generation; generation_config.json goes before config.json. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
}

/** One weight tensor: transformers' name and its shape, row-major, matrices as [out, in]. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Every tensor of a model of this shape, in the order of the computation. A tied output projection is no tensor of its
 * own. All code that walks over the parameters (reading, optimiser, gradients, state) uses this order.
 */
export function llamaTensors(config: LlamaConfig): TensorSpec[] {
  const { vocabSize: V, hiddenSize: D, intermediateSize: F } = config;
  const Q = config.headCount * config.headDimension;
  const K = config.keyValueHeadCount * config.headDimension;
  const projection = (name: string, out: number, input: number, bias: boolean): TensorSpec[] => [
    { name: `${name}.weight`, shape: [out, input] },
    ...(bias ? [{ name: `${name}.bias`, shape: [out] }] : []),
  ];
  const layers = Array.from({ length: config.layerCount }, (_, i) => {
    const layer = `model.layers.${i}`;
    return [
      { name: `${layer}.input_layernorm.weight`, shape: [D] },
      ...projection(`${layer}.self_attn.q_proj`, Q, D, config.attentionBias),
      ...projection(`${layer}.self_attn.k_proj`, K, D, config.attentionBias),
      ...projection(`${layer}.self_attn.v_proj`, K, D, config.attentionBias),
      ...projection(`${layer}.self_attn.o_proj`, D, Q, config.attentionBias),
      { name: `${layer}.post_attention_layernorm.weight`, shape: [D] },
      ...projection(`${layer}.mlp.gate_proj`, F, D, config.mlpBias),
      ...projection(`${layer}.mlp.up_proj`, F, D, config.mlpBias),
      ...projection(`${layer}.mlp.down_proj`, D, F, config.mlpBias),
    ];
  });
  return [
    { name: "model.embed_tokens.weight", shape: [V, D] },
    ...layers.flat(),
    { name: "model.norm.weight", shape: [D] },
    ...(config.tiedEmbeddings ? [] : [{ name: "lm_head.weight", shape: [V, D] }]),
  ];
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Number of trained values; a tied output projection counts once. */
export function parameterCount(config: LlamaConfig): number {
  return llamaTensors(config).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
