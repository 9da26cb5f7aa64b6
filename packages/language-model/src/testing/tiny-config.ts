import type { LlamaConfig } from "../llama/llama-config.ts";

/** A Llama of a few hundred weights with grouped queries, for tests. */
export const tinyConfig: LlamaConfig = {
  vocabSize: 11,
  hiddenSize: 8,
  intermediateSize: 12,
  layerCount: 2,
  headCount: 4,
  keyValueHeadCount: 2,
  headDimension: 4,
  rmsNormEpsilon: 1e-5,
  maxPositions: 32,
  ropeTheta: 100,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [2],
  padTokenId: 0,
};
