export { type EngineContext, type EngineHandler, serveEngine } from "./engine/engine-child.ts";
export { EngineHost, type EngineHostOptions, type EngineRequestOptions } from "./engine/engine-host.ts";
export { fromWireError, toWireError, type WireError } from "./engine/engine-messages.ts";
export { EnginePool } from "./engine/engine-pool.ts";
export { type ModelReference, ModelStore } from "./engine/model-store.ts";
export { SamplingEngines, type SamplingEnginesOptions } from "./engine/sampling-engines.ts";
export type {
  EngineDescription,
  GenerateParams,
  GenerateResult,
  RefusedPrompt,
  ScoreParams,
  ScoreResult,
} from "./engine/sampling-handlers.ts";
export { selfTest } from "./engine/self-test.ts";
export { formatBytes, LanguageModelError, type LanguageModelReason } from "./errors.ts";
export { parseLlamaConfig } from "./hugging-face/parse-config.ts";
export { ModelDirectory, readModelConfig } from "./hugging-face/read-model-directory.ts";
export { type NamedTensor, SafetensorsReader, writeSafetensors } from "./hugging-face/safetensors.ts";
export { writeModelDirectory } from "./hugging-face/write-model-directory.ts";
export { LanguageModel } from "./language-model.ts";
export type { InitialisationSettings } from "./llama/initial-weights.ts";
export {
  type Llama3RopeScaling,
  type LlamaConfig,
  llamaTensors,
  parameterCount,
  type TensorSpec,
} from "./llama/llama-config.ts";
export { checkMemory, estimateMemory, type MemoryEstimate, type MemoryPurpose } from "./memory-estimate.ts";
export type { DecodeModel } from "./sampling/decode-model.ts";
export { type BatchLimits, defaultBatchLimits, generate } from "./sampling/generate.ts";
export {
  type Completion,
  checkGenerationSettings,
  checkPrompt,
  type GenerationPrompt,
  type GenerationSettings,
} from "./sampling/generation-request.ts";
export { checkSamplingSettings, type SamplingSettings } from "./sampling/sampling-settings.ts";
export { drawToken, logProbability, type WarpedDistribution, warpDistribution } from "./sampling/warp-distribution.ts";
export { packBatch, type TargetSequence, type TokenBatch } from "./token-batch.ts";
export { type DropoutSettings, type OptimizerSettings, TrainableModel, type UpdateReport } from "./trainable-model.ts";
