/**
 * What a model will need, from its configuration alone, so that one that is too large is refused before any weight is
 * read. With P parameters, T tokens at a time, and the shapes of `llamaTensors` (bytes, f32):
 *
 *   sampling   4 (2P)  weights and their copy in the layout of the products, 8 L K T  keys and values
 *   training   4 (5P)  the same, gradient and two moments,                   4 T (L a + b)  activations
 *
 * a = 7 D + 4 Q + 2 K + 3 F + 2 H is what a layer's forward pass keeps for a token, b = 8 D + 6 F + 4 Q what is alive at
 * most besides; Q, K widths of queries and of keys. Activations of one layer are counted for sampling, too. Measured use
 * stays below the estimate and above half of it (see the test).
 */
import { formatBytes, LanguageModelError } from "./errors.ts";
import { type LlamaConfig, parameterCount } from "./llama/llama-config.ts";

export type MemoryPurpose = "sampling" | "training";

export interface MemoryEstimate {
  readonly weightBytes: number;
  /** Gradients and moments; 0 for sampling. */
  readonly optimizerBytes: number;
  /** Activations, and keys and values, of `tokens` tokens. */
  readonly tokenBytes: number;
  readonly totalBytes: number;
}

const floatBytes = 4;

/** `tokens`: those of a training batch, or of all sequences sampled at a time; by default one whole context. */
export function estimateMemory(
  config: LlamaConfig,
  purpose: MemoryPurpose,
  tokens: number = config.maxPositions,
): MemoryEstimate {
  const parameters = parameterCount(config);
  const D = config.hiddenSize;
  const F = config.intermediateSize;
  const Q = config.headCount * config.headDimension;
  const K = config.keyValueHeadCount * config.headDimension;
  const kept = 7 * D + 4 * Q + 2 * K + 3 * F + 2 * config.headCount;
  const passing = 8 * D + 6 * F + 4 * Q;
  const perToken =
    purpose === "training" ? config.layerCount * kept + passing : 2 * config.layerCount * K + kept + passing;
  const weightBytes = floatBytes * (2 * parameters + config.maxPositions * config.headDimension);
  const optimizerBytes = purpose === "training" ? floatBytes * 3 * parameters : 0;
  const tokenBytes = floatBytes * perToken * tokens;
  return { weightBytes, optimizerBytes, tokenBytes, totalBytes: weightBytes + optimizerBytes + tokenBytes };
}

/** Throws MODEL_TOO_LARGE, saying what the model needs and what to use instead. `name` names the model. */
export function checkMemory(
  name: string,
  config: LlamaConfig,
  purpose: MemoryPurpose,
  budgetBytes: number,
  tokens?: number,
): MemoryEstimate {
  const estimate = estimateMemory(config, purpose, tokens);
  if (estimate.totalBytes <= budgetBytes) return estimate;
  const parts = [
    `weights ${formatBytes(estimate.weightBytes)}`,
    ...(purpose === "training" ? [`gradients and moments ${formatBytes(estimate.optimizerBytes)}`] : []),
    `tokens ${formatBytes(estimate.tokenBytes)}`,
  ];
  throw new LanguageModelError(
    "MODEL_TOO_LARGE",
    `${name}: ${purpose} needs ${formatBytes(estimate.totalBytes)} (${parts.join(", ")}), the budget is ` +
      `${formatBytes(budgetBytes)}; use a smaller model or shorter batches, or SRLM_BACKEND=tensorflow on a host with more memory`,
    { field: "model", value: name },
  );
}
